import Graphs
import ServingCore

/// The mask attributes of the strided slice ops; bit `i` is about entry `i` of the specification.
struct StridedSliceMasks: Sendable {
    let begin: Int
    let end: Int
    let ellipsis: Int
    let newAxis: Int
    let shrinkAxis: Int

    /// Throws if there is more than one ellipsis.
    init(_ attributes: Attributes) throws(Status) {
        begin = try attributes.int("begin_mask", default: 0)
        end = try attributes.int("end_mask", default: 0)
        ellipsis = try attributes.int("ellipsis_mask", default: 0)
        newAxis = try attributes.int("new_axis_mask", default: 0)
        shrinkAxis = try attributes.int("shrink_axis_mask", default: 0)
        guard ellipsis & (ellipsis &- 1) == 0 else {
            throw .invalidArgument("Multiple ellipses in slice spec not allowed")
        }
    }
}

/// The part of a tensor that `StridedSlice` and its assigning relatives take: for each dimension of the tensor where it
/// begins, how many elements it has and the step between them.
struct StridedSlicePart {
    private(set) var begins = AxisNumbers()
    private(set) var sizes = AxisNumbers()
    private(set) var steps = AxisNumbers()
    /// The shape of the result: without the dimensions that an index takes away, with the new axes.
    private(set) var shape = AxisNumbers()

    /// One entry for each dimension of the tensor, with ellipses resolved.
    private struct Entry {
        var begin = 0
        var end = 0
        var step = 1
        var beginsAtEdge = true
        var endsAtEdge = true
        var shrinks = false
    }

    /// - Parameter extents: the sizes of the tensor, at most as many as a tensor has; -1 where one is not known, which makes -1 in
    ///   `sizes` and `shape`.
    init(
        _ extents: AxisNumbers, begin: [Int], end: [Int], steps: [Int], _ masks: StridedSliceMasks
    ) throws(Status) {
        guard begin.count == end.count, begin.count == steps.count, begin.count < 32 else {
            throw .invalidArgument(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes [\(begin.count)], [\(end.count)], and [\(steps.count)] instead."
            )
        }
        var count = begin.count
        var ellipsis = masks.ellipsis
        if ellipsis & ((1 << count) &- 1) == 0 {
            ellipsis = 1 << count
            count += 1
        }
        let position = ellipsis.trailingZeroBitCount
        let newAxesBehind = (masks.newAxis >> (position + 1)) & ((1 << max(0, count - position - 1)) - 1)
        var dimension = 0
        for index in 0..<count {
            if index == position {
                let behind = count - index - 1 - newAxesBehind.nonzeroBitCount
                let next = max(dimension, min(extents.count - behind, extents.count))
                while dimension < next {
                    try append(Entry(), extents[dimension], dimension)
                    dimension += 1
                }
            } else if masks.newAxis >> index & 1 == 1 {
                shape.append(1)
            } else {
                guard dimension < extents.count else {
                    throw .invalidArgument(
                        "Index out of range using input dim \(dimension); input has only \(extents.count) dims")
                }
                let entry = Entry(
                    begin: begin[index], end: end[index], step: steps[index],
                    beginsAtEdge: masks.begin >> index & 1 == 1, endsAtEdge: masks.end >> index & 1 == 1,
                    shrinks: masks.shrinkAxis >> index & 1 == 1)
                try append(entry, extents[dimension], dimension)
                dimension += 1
            }
        }
    }

    private mutating func append(_ entry: Entry, _ extent: Int, _ dimension: Int) throws(Status) {
        guard entry.step != 0 else { throw .invalidArgument("strides[\(dimension)] must be non-zero") }
        if entry.shrinks, entry.step <= 0 {
            throw .invalidArgument("only stride 1 allowed on non-range indexing.")
        }
        if extent < 0 {
            begins.append(0)
            steps.append(entry.step)
            sizes.append(entry.shrinks ? 1 : -1)
        } else if entry.shrinks {
            let index = entry.begin < 0 ? extent + entry.begin : entry.begin
            guard index >= 0, index < extent else {
                throw .invalidArgument("slice index \(index) of dimension \(dimension) out of bounds.")
            }
            begins.append(index)
            steps.append(1)
            sizes.append(1)
        } else {
            appendRange(entry, extent)
        }
        if !entry.shrinks { shape.append(sizes[sizes.count - 1]) }
    }

    private mutating func appendRange(_ entry: Entry, _ extent: Int) {
        let forward = entry.step > 0
        let lowest = forward ? 0 : -1
        let highest = forward ? extent : extent - 1
        func clamped(_ value: Int) -> Int { min(max(value < 0 ? extent + value : value, lowest), highest) }
        let first = entry.beginsAtEdge ? (forward ? lowest : highest) : clamped(entry.begin)
        let end = entry.endsAtEdge ? (forward ? highest : lowest) : clamped(entry.end)
        let interval = end - first
        begins.append(first)
        steps.append(entry.step)
        if interval == 0 || (interval < 0) != (entry.step < 0) {
            sizes.append(0)
        } else {
            sizes.append(interval / entry.step + (interval % entry.step == 0 ? 0 : 1))
        }
    }
}
