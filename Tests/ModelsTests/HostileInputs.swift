import Graphs
import Tensors

/// Random choices that are the same in every run of the tests.
struct SeededChoices {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 2) % bound
    }

    mutating func one<T>(of values: [T]) -> T { values[below(values.count)] }
}

/// Tensors of the right type that a client may send, whether they make sense or not.
enum HostileInputs {
    /// The ways to choose a shape.
    static let modes = 7
    private static let sizes = [0, 1, 1, 2, 3, 5, 16]
    private static let texts = ["", "a", "-12", "1e999", "x,y", "\u{e4}\u{20ac}\u{1F600}"]

    /// A tensor for `port`; nil for types that no request can carry.
    static func tensor(for port: Signature.Port, mode: Int, _ choices: inout SeededChoices) -> Tensor? {
        let shape = shape(for: port.shape, mode, &choices)
        if port.dataType == .string {
            return Tensor(texts: (0..<shape.elementCount).map { _ in choices.one(of: texts) }, shape: shape)
        }
        guard port.dataType != .invalid, !port.dataType.isReference,
            let tensor = Tensor(allocating: port.dataType, shape: shape)
        else { return nil }
        let bytes = UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount)
        let highest = port.dataType == .bool ? 2 : choices.one(of: [1, 2, 256])
        for index in bytes.indices { bytes[index] = UInt8(choices.below(highest)) }
        return tensor
    }

    private static func shape(for wanted: PartialShape, _ mode: Int, _ choices: inout SeededChoices) -> TensorShape {
        var sizes = (wanted.dimensions ?? [2]).prefix(TensorShape.maximumRank).map { $0 < 0 ? 2 : min($0, 64) }
        switch mode {
        case 0: break
        case 1: sizes = sizes.map { $0 == 2 ? 0 : $0 }
        case 2: sizes = []
        case 3: if !sizes.isEmpty { sizes[choices.below(sizes.count)] = choices.one(of: self.sizes) }
        case 4: if sizes.count < TensorShape.maximumRank { sizes.append(1) }
        case 5: sizes = Array(sizes.dropFirst())
        default: sizes = (0..<choices.below(5)).map { _ in choices.one(of: self.sizes) }
        }
        while sizes.reduce(1, *) > 20_000 { sizes[choices.below(sizes.count)] = 1 }
        return TensorShape(sizes)
    }
}
