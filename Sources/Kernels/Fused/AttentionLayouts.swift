import ServingCore
import Tensors

/// Where the rows of each head of a tensor stand.
struct HeadLayout {
    var batch = 1
    var heads = 1
    var rows = 1
    var depth = 1
    /// Elements from one to the next.
    var steps = (batch: 0, heads: 0, rows: 0, depth: 0)

    /// - Parameter axes: the letters of the dimensions of `shape`. Throws INVALID_ARGUMENT if there are not as many.
    init(_ shape: TensorShape, _ axes: [UInt8]) throws(Status) {
        guard shape.rank == axes.count else {
            throw .invalidArgument("attention expects \(axes.count) dimensions, not \(shape)")
        }
        var step = 1
        for index in axes.indices.reversed() {
            switch axes[index] {
            case UInt8(ascii: "b"): (batch, steps.batch) = (shape[index], step)
            case UInt8(ascii: "n"): (heads, steps.heads) = (shape[index], step)
            case UInt8(ascii: "t"): (rows, steps.rows) = (shape[index], step)
            default: (depth, steps.depth) = (shape[index], step)
            }
            step &*= shape[index]
        }
    }

    /// The shape of a tensor of as many batches, heads and rows whose dimensions are named by `axes`.
    func shape(_ axes: [UInt8], depth: Int) throws(Status) -> TensorShape {
        try TensorShape.checked(
            axes.map { axis in
                switch axis {
                case UInt8(ascii: "b"): batch
                case UInt8(ascii: "n"): heads
                case UInt8(ascii: "t"): rows
                default: depth
                }
            })
    }

    func offset(batch: Int, head: Int, row: Int) -> Int {
        batch &* steps.batch &+ head &* steps.heads &+ row &* steps.rows
    }
}

/// How a mask is broadcast over the scores.
struct MaskLayout {
    let elements: UnsafePointer<Float>
    private(set) var steps = (batch: 0, heads: 0, rows: 0)

    /// - Parameter rank: of the scores, 3 without heads or 4. Throws INVALID_ARGUMENT if the mask has no row of its own for the
    ///   keys or does not fit the scores.
    init(_ mask: Tensor, _ query: HeadLayout, _ keys: HeadLayout, rank: Int) throws(Status) {
        elements = UnsafePointer(mask.pointer(Float.self))
        let shape = mask.shape
        let sizes = rank == 4 ? [query.batch, query.heads, query.rows] : [query.batch, query.rows]
        guard shape.rank >= 1, shape.rank <= rank, shape[shape.rank - 1] == keys.rows else {
            throw .invalidArgument("a mask of shape \(shape) does not fit \(keys.rows) keys")
        }
        var found = [0, 0, 0]
        var step = keys.rows
        for index in stride(from: shape.rank - 2, through: 0, by: -1) {
            let place = sizes.count - (shape.rank - 1) + index
            guard shape[index] == sizes[place] || shape[index] == 1 else {
                throw .invalidArgument("a mask of shape \(shape) does not fit the scores")
            }
            // Without heads, the batch is the first and the rows are the last of three.
            if shape[index] != 1 { found[rank == 4 || place == 0 ? place : 2] = step }
            step &*= shape[index]
        }
        steps = (found[0], found[1], found[2])
    }

    func rows(batch: Int, head: Int, row: Int) -> UnsafePointer<Float> {
        elements + (batch &* steps.batch &+ head &* steps.heads &+ row &* steps.rows)
    }
}
