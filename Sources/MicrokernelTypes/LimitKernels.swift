/// Loops that do nothing but reach a limit of one kind of processor, to compare others with.
public struct LimitKernels: Sendable {
    /// Arithmetic operations of a round; a multiplication and an addition are two.
    public let operationsPerRound: Int
    /// The numbers that a call begins with.
    public let valueCount: Int
    /// Multiplies and adds in registers for so many rounds, at least one, beginning with `valueCount` numbers below 1. The
    /// result means nothing, but keeps the compiler from leaving all out.
    public let multiplyAndAdd: @Sendable (_ rounds: Int, _ start: UnsafePointer<Float>) -> Float

    public init(
        operationsPerRound: Int, valueCount: Int,
        multiplyAndAdd: @escaping @Sendable (_ rounds: Int, _ start: UnsafePointer<Float>) -> Float
    ) {
        self.operationsPerRound = operationsPerRound
        self.valueCount = valueCount
        self.multiplyAndAdd = multiplyAndAdd
    }
}
