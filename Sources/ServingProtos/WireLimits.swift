/// What a message from outside may cost.
public struct WireLimits: Sendable {
    /// How deep messages may be nested; the outermost has depth 1.
    public var depth: Int
    /// Bytes of the encoded message; never more than 2 GiB - 1, protobuf's own limit.
    public var byteCount: Int
    /// The unpacked message may take `memoryFactor` times its encoded size plus `memoryAllowance` bytes, but no more than
    /// `memoryLimit`. Two bytes can say "one more message", and such a message is a struct of a few hundred bytes.
    public var memoryFactor: Int
    public var memoryAllowance: Int
    public var memoryLimit: Int

    public init(
        depth: Int = 100, byteCount: Int = Int(Int32.max), memoryFactor: Int = 64, memoryAllowance: Int = 1 << 20,
        memoryLimit: Int = 1 << 32
    ) {
        self.depth = depth
        self.byteCount = min(byteCount, Int(Int32.max))
        self.memoryFactor = memoryFactor
        self.memoryAllowance = memoryAllowance
        self.memoryLimit = memoryLimit
    }

    /// For requests. A million empty strings in a tensor take about 44 times their encoded size while they are unpacked.
    public static let request = WireLimits()

    /// For files of a model. Their graphs consist of small messages.
    public static let modelFile = WireLimits(memoryFactor: 128, memoryAllowance: 1 << 26, memoryLimit: 1 << 36)

    /// Bytes that the unpacked form of `byteCount` encoded bytes may take.
    func memory(for byteCount: Int) -> Int {
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: memoryFactor)
        let (sum, overflowToo) = product.addingReportingOverflow(memoryAllowance)
        return overflow || overflowToo ? memoryLimit : min(sum, memoryLimit)
    }
}
