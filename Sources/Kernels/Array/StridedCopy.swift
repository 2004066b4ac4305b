import Execution
import Glibc
import MicrokernelTypes
import Tensors

/// Copies elements from one regularly strided place to another: what slices, transposes, tiles, reversals and pads have
/// in common. Strides may be zero (repeat) or negative (backwards); the order of the copies is not defined.
struct StridedCopy {
    /// `Tile` and the block ops split each dimension in two.
    static let maximumRank = 2 * TensorShape.maximumRank

    private var rank = 0
    private var sizes = InlineArray<24, Int>(repeating: 1)
    private var sources = InlineArray<24, Int>(repeating: 0)
    private var targets = InlineArray<24, Int>(repeating: 0)
    private var isEmpty = false

    /// Appends a dimension inside the ones so far; strides are in elements. Merges it with its outer neighbour if the
    /// two can be walked as one.
    mutating func append(_ size: Int, source: Int, target: Int) {
        if size == 0 { isEmpty = true }
        if size == 1 { return }
        let last = rank - 1
        if last >= 0, sources[last] == source &* size, targets[last] == target &* size {
            sizes[last] *= size
            sources[last] = source
            targets[last] = target
            return
        }
        precondition(rank < StridedCopy.maximumRank, "too many dimensions")
        sizes[rank] = size
        sources[rank] = source
        targets[rank] = target
        rank += 1
    }

    /// True if source and target are walked in the same way, so that the copy is one block.
    var isContiguous: Bool { rank == 0 || (rank == 1 && sources[0] == 1 && targets[0] == 1) }

    /// Copies; the addresses are those of the first elements in the order of the dimensions.
    func run(
        from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, elementSize: Int,
        _ context: borrowing KernelContext
    ) {
        if isEmpty { return }
        var plan = self
        let blockSize = plan.prepare(elementSize)
        switch blockSize {
        case 1: plan.walk(source, target, UInt8.self, context)
        case 2: plan.walk(source, target, UInt16.self, context)
        case 4 where plan.isTransposed: plan.walkTransposed(source, target, context)
        case 4: plan.walk(source, target, UInt32.self, context)
        case 8: plan.walk(source, target, UInt64.self, context)
        case 16: plan.walk(source, target, SIMD2<UInt64>.self, context)
        default: plan.walkBlocks(source, target, blockSize, context)
        }
    }

    /// Turns strides into bytes, takes the innermost dimension away if it is one block, and brings the dimension along
    /// which the source is contiguous next to the innermost. Returns the bytes that are copied at a time.
    private mutating func prepare(_ elementSize: Int) -> Int {
        for index in 0..<rank {
            sources[index] *= elementSize
            targets[index] *= elementSize
        }
        var blockSize = elementSize
        if rank > 0, sources[rank - 1] == elementSize, targets[rank - 1] == elementSize {
            blockSize *= sizes[rank - 1]
            rank -= 1
        } else if rank > 2, let inner = (0..<(rank - 2)).first(where: { sources[$0] == elementSize }) {
            swapDimensions(inner, rank - 2)
        }
        return blockSize
    }

    private mutating func swapDimensions(_ a: Int, _ b: Int) {
        (sizes[a], sizes[b]) = (sizes[b], sizes[a])
        (sources[a], sources[b]) = (sources[b], sources[a])
        (targets[a], targets[b]) = (targets[b], targets[a])
    }

    /// Calls `body` for every position of the first `outer` dimensions, on several threads if that is worthwhile.
    private func forEach(
        outer: Int, cost: Double, _ context: borrowing KernelContext,
        _ body: @escaping (_ source: Int, _ target: Int) -> Void
    ) {
        var count = 1
        for index in 0..<outer { count *= sizes[index] }
        if count == 1 { return body(0, 0) }
        let plan = self
        context.parallelFor(count, cost: cost) { range in
            var position = InlineArray<24, Int>(repeating: 0)
            var rest = range.lowerBound
            var source = 0
            var target = 0
            for index in stride(from: outer - 1, through: 0, by: -1) {
                position[index] = rest % plan.sizes[index]
                rest /= plan.sizes[index]
                source += position[index] * plan.sources[index]
                target += position[index] * plan.targets[index]
            }
            for _ in range {
                body(source, target)
                var index = outer - 1
                while index >= 0 {
                    position[index] += 1
                    source += plan.sources[index]
                    target += plan.targets[index]
                    if position[index] < plan.sizes[index] { break }
                    source -= plan.sources[index] * plan.sizes[index]
                    target -= plan.targets[index] * plan.sizes[index]
                    position[index] = 0
                    index -= 1
                }
            }
        }
    }

    private func walkBlocks(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ blockSize: Int,
        _ context: borrowing KernelContext
    ) {
        forEach(outer: rank, cost: 5 + Double(blockSize) * 0.1, context) { from, to in
            memcpy(target + to, source + from, blockSize)
        }
    }

    /// True if the two inner dimensions, for elements of four bytes, are a matrix that is transposed.
    private var isTransposed: Bool {
        guard rank > 1, sources[rank - 2] == 4, targets[rank - 1] == 4 else { return false }
        return sources[rank - 1] > 0 && targets[rank - 2] > 0
    }

    private func walkTransposed(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ context: borrowing KernelContext
    ) {
        let (rows, columns) = (sizes[rank - 2], sizes[rank - 1])
        let matrix = TransposeCall(
            source: source.assumingMemoryBound(to: UInt32.self), sourceStride: sources[rank - 1] / 4,
            target: target.assumingMemoryBound(to: UInt32.self), targetStride: targets[rank - 2] / 4, rows: rows,
            columns: columns)
        guard rank > 2 else { return matrix.run(in: context) }
        forEach(outer: rank - 2, cost: Double(rows * columns) * 0.2, context) { from, to in
            var part = matrix
            part.source += from / 4
            part.target += to / 4
            LayoutKernels.current.transpose(part)
        }
    }

    private func walk<Block: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _: Block.Type, _ context: borrowing KernelContext
    ) {
        let outer = max(0, rank - 2)
        let rows = rank > 1 ? sizes[rank - 2] : 1
        let columns = rank > 0 ? sizes[rank - 1] : 1
        let sourceRow = rank > 1 ? sources[rank - 2] : 0
        let targetRow = rank > 1 ? targets[rank - 2] : 0
        let sourceColumn = rank > 0 ? sources[rank - 1] : 0
        let targetColumn = rank > 0 ? targets[rank - 1] : 0
        forEach(outer: outer, cost: Double(rows * columns), context) { from, to in
            // Blocks that fit into the cache, since a transpose reads or writes a line for each element.
            var row = 0
            while row < rows {
                let rowEnd = min(row + 32, rows)
                var column = 0
                while column < columns {
                    let columnEnd = min(column + 32, columns)
                    for r in row..<rowEnd {
                        let read = source + (from + r * sourceRow)
                        let write = target + (to + r * targetRow)
                        for c in column..<columnEnd {
                            let block = (read + c * sourceColumn).loadUnaligned(as: Block.self)
                            (write + c * targetColumn).storeBytes(of: block, as: Block.self)
                        }
                    }
                    column = columnEnd
                }
                row = rowEnd
            }
        }
    }
}

extension TransposeCall {
    /// Transposes bands of columns on several threads.
    fileprivate func run(in context: borrowing KernelContext) {
        let band = 32
        let matrix = self
        context.parallelFor((columns - 1) / band + 1, cost: Double(rows * min(band, columns)) * 0.2) { bands in
            var part = matrix
            part.source += bands.lowerBound * band * matrix.sourceStride
            part.target += bands.lowerBound * band
            part.columns = min(bands.upperBound * band, matrix.columns) - bands.lowerBound * band
            LayoutKernels.current.transpose(part)
        }
    }
}

extension Tensor {
    /// The address of the first element for writing; only for the kernel that allocated the tensor.
    var mutableBytes: UnsafeMutableRawPointer { buffer.base }

    /// Writes `count` copies of the element at `element`, which has `elementSize` bytes, to `target`.
    static func fill(
        _ target: UnsafeMutableRawPointer, with element: UnsafeRawPointer, elementSize: Int, count: Int
    ) {
        func store<Block: BitwiseCopyable>(_: Block.Type) {
            let block = element.loadUnaligned(as: Block.self)
            let blocks = target.assumingMemoryBound(to: Block.self)
            for index in 0..<count { blocks[index] = block }
        }
        switch elementSize {
        case 1: store(UInt8.self)
        case 2: store(UInt16.self)
        case 4: store(UInt32.self)
        case 8: store(UInt64.self)
        default: store(SIMD2<UInt64>.self)
        }
    }
}
