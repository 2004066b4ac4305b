import Execution
import ServingCore
import Tensors

/// How an element-wise op walks two or three inputs that are broadcast against each other: dimensions that can be walked
/// as one are merged, and a dimension along which an input repeats has stride zero there.
struct Broadcast {
    /// The elements of a block of rows; offsets and strides are in elements. Along a row an input either advances by one
    /// or stands still.
    struct Block {
        var offsets = InlineArray<3, Int>(repeating: 0)
        var target = 0
        var rows = 1
        var columns = 1
        var rowStrides = InlineArray<3, Int>(repeating: 0)
        var columnStrides = InlineArray<3, Int>(repeating: 1)
    }

    private var rank = 0
    private var sizes = InlineArray<12, Int>(repeating: 1)
    private var strides = InlineArray<3, InlineArray<12, Int>>(repeating: InlineArray<12, Int>(repeating: 0))

    /// The shape of an element-wise op's output. Throws INVALID_ARGUMENT with TensorFlow's text if there is none.
    static func shape(_ a: TensorShape, _ b: TensorShape) throws(Status) -> TensorShape {
        if a == b { return a }
        guard let shape = merged(a, b) else { throw .invalidArgument("Incompatible shapes: \(a) vs. \(b)") }
        return shape.isAddressable ? shape : try .checked(shape.dimensions)
    }

    /// The shape that `a` and `b` broadcast to; nil if they are not compatible.
    static func merged(_ a: TensorShape, _ b: TensorShape) -> TensorShape? {
        var result = a.rank >= b.rank ? a : b
        let other = a.rank >= b.rank ? b : a
        let lead = result.rank - other.rank
        for index in 0..<other.rank where result[index + lead] != other[index] {
            if result[index + lead] == 1 {
                result[index + lead] = other[index]
            } else if other[index] != 1 {
                return nil
            }
        }
        return result
    }

    /// A walk over `shape`, to which all of the inputs can be broadcast.
    init(_ shape: TensorShape, _ first: TensorShape, _ second: TensorShape? = nil, _ third: TensorShape? = nil) {
        var walks = InlineArray<3, InlineArray<12, Int>>(repeating: InlineArray<12, Int>(repeating: 0))
        Broadcast.walk(first, in: shape, &walks[0])
        if let second { Broadcast.walk(second, in: shape, &walks[1]) }
        if let third { Broadcast.walk(third, in: shape, &walks[2]) }
        let inputs = third != nil ? 3 : second != nil ? 2 : 1
        for index in 0..<shape.rank where shape[index] != 1 { append(shape[index], walks, index, inputs) }
    }

    /// The elements of `input` from one place to the next along each dimension of `shape`.
    private static func walk(_ input: TensorShape, in shape: TensorShape, _ strides: inout InlineArray<12, Int>) {
        var stride = 1
        let lead = shape.rank - input.rank
        for index in Swift.stride(from: input.rank - 1, through: 0, by: -1) {
            strides[index + lead] = input[index] == 1 ? 0 : stride
            stride *= input[index]
        }
    }

    private mutating func append(
        _ size: Int, _ walks: InlineArray<3, InlineArray<12, Int>>, _ index: Int, _ inputs: Int
    ) {
        if rank > 0 {
            var merges = true
            for input in 0..<inputs where strides[input][rank - 1] != walks[input][index] * size { merges = false }
            if merges {
                sizes[rank - 1] *= size
                for input in 0..<inputs { strides[input][rank - 1] = walks[input][index] }
                return
            }
        }
        sizes[rank] = size
        for input in 0..<inputs { strides[input][rank] = walks[input][index] }
        rank += 1
    }

    /// Calls `body` with blocks that cover the output, on several threads if that is worthwhile.
    /// - Parameter cost: rough time in nanoseconds for one element.
    func forEach(_ context: borrowing KernelContext, cost: Double, _ body: (Block) -> Void) {
        var block = Block()
        if rank > 0 {
            block.columns = sizes[rank - 1]
            for input in 0..<3 { block.columnStrides[input] = strides[input][rank - 1] }
        }
        if rank <= 1 { return forEachColumnRange(block, context, cost, body) }
        block.rows = sizes[rank - 2]
        for input in 0..<3 { block.rowStrides[input] = strides[input][rank - 2] }
        if rank == 2 { return forEachRowRange(block, context, cost, body) }
        var count = 1
        for index in 0..<(rank - 2) { count *= sizes[index] }
        let plan = self
        context.parallelFor(count, cost: cost * Double(block.rows * block.columns)) { range in
            for position in range { body(plan.block(block, at: position)) }
        }
    }

    private func forEachColumnRange(
        _ block: Block, _ context: borrowing KernelContext, _ cost: Double, _ body: (Block) -> Void
    ) {
        context.parallelFor(block.columns, cost: cost) { range in
            var part = block
            part.columns = range.count
            part.target = range.lowerBound
            for input in 0..<3 { part.offsets[input] = range.lowerBound * block.columnStrides[input] }
            body(part)
        }
    }

    private func forEachRowRange(
        _ block: Block, _ context: borrowing KernelContext, _ cost: Double, _ body: (Block) -> Void
    ) {
        context.parallelFor(block.rows, cost: cost * Double(block.columns)) { range in
            var part = block
            part.rows = range.count
            part.target = range.lowerBound * block.columns
            for input in 0..<3 { part.offsets[input] = range.lowerBound * block.rowStrides[input] }
            body(part)
        }
    }

    /// `block` moved to `position` of the outer dimensions.
    private func block(_ block: Block, at position: Int) -> Block {
        var part = block
        part.target = position * block.rows * block.columns
        var rest = position
        for index in stride(from: rank - 3, through: 0, by: -1) {
            let coordinate = rest % sizes[index]
            rest /= sizes[index]
            for input in 0..<3 { part.offsets[input] += coordinate * strides[input][index] }
        }
        return part
    }
}
