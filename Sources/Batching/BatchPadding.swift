import ServingCore
import Tensors

/// Padding of inputs of different lengths, as `pad_variable_length_inputs` asks for it: dimensions behind the first are
/// extended at the end, with the tensor's own first element.
enum BatchPadding {
    /// Tensors of more dimensions are not padded.
    static let maximumRank = 6

    /// Whether two shapes of the same rank have the same sizes along all dimensions but the first.
    static func agree(_ a: TensorShape, _ b: TensorShape) -> Bool {
        for dimension in 1..<max(a.rank, 1) where a[dimension] != b[dimension] { return false }
        return true
    }

    /// Why TensorFlow Serving refuses to pad a tensor of shape `shape` to the sizes of `target`; nil if it does not.
    static func refusal(of shape: TensorShape, to target: TensorShape) -> Status? {
        if shape.rank > maximumRank { return .invalidArgument("Only tensors with rank from 1 to 6 can be padded.") }
        guard !agree(shape, target), shape.product(1..<shape.rank) == 0 else { return nil }
        return .invalidArgument("Got empty tensor in batch of non-empty tensors.")
    }

    /// Copies the elements of a tensor of shape `from`, which is not empty, to `target`, where a tensor of shape `to` begins that
    /// is nowhere smaller and has as many rows, and repeats the first element in the places between.
    static func copy(
        _ source: UnsafeRawPointer, _ from: TensorShape, to target: UnsafeMutableRawPointer, _ to: TensorShape,
        elementBytes: Int
    ) {
        precondition(from.rank == to.rank && from.elementCount > 0, "nothing to pad")
        var copy = Copy(source: source, target: target, first: source, from: from, to: to, elementBytes: elementBytes)
        copy.run(dimension: 0)
    }

    /// One padded copy; both positions move on with each run of elements.
    private struct Copy {
        var source: UnsafeRawPointer
        var target: UnsafeMutableRawPointer
        let first: UnsafeRawPointer
        let from: TensorShape
        let to: TensorShape
        let elementBytes: Int

        /// Copies the positions of one dimension, and of those behind it.
        mutating func run(dimension: Int) {
            let (given, wanted) = (from[dimension], to[dimension])
            let isLast = dimension == from.rank - 1
            if isLast {
                move(given * elementBytes)
            } else {
                for _ in 0..<given { run(dimension: dimension + 1) }
            }
            if wanted > given { fill((wanted - given) * to.product(dimension + 1..<to.rank)) }
        }

        private mutating func move(_ bytes: Int) {
            target.copyMemory(from: source, byteCount: bytes)
            source += bytes
            target += bytes
        }

        private mutating func fill(_ count: Int) {
            switch elementBytes {
            case 1: repeatFirst(count, UInt8.self)
            case 2: repeatFirst(count, UInt16.self)
            case 4: repeatFirst(count, UInt32.self)
            case 8: repeatFirst(count, UInt64.self)
            default: repeatFirst(count, ElementReference.self)
            }
            target += count * elementBytes
        }

        private func repeatFirst<Element: BitwiseCopyable>(_ count: Int, _: Element.Type) {
            let value = first.loadUnaligned(as: Element.self)
            UnsafeMutableBufferPointer(start: target.assumingMemoryBound(to: Element.self), count: count)
                .update(repeating: value)
        }
    }
}
