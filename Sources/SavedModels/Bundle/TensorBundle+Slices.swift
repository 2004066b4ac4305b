import ServingCore
import Tensors

/// Slices: of whole tensors, and put together from the slices of partitioned ones.
extension TensorBundle {
    /// Each pair of slices is compared, so their number is limited.
    private static let mostSlices = 10_000

    /// One stored piece of a tensor and the box that it takes of the whole.
    private struct Piece {
        let slice: TensorSlice
        let ranges: [Range<Int>]
    }

    /// The part `slice` of the tensor `name`. A stored slice that is exactly what is wanted is shown in place.
    func assemble(_ slice: TensorSlice, of entry: BundleEntry, _ name: String) throws(Status) -> Tensor {
        let shape = try shape(entry, name)
        let wanted = try slice.ranges(in: shape)
        let pieces = try pieces(of: entry, shape, name)
        if let exact = pieces.first(where: { $0.ranges == wanted }) { return try read(exact, of: entry, name) }
        let touching = pieces.filter { piece in
            zip(piece.ranges, wanted).allSatisfy { $0.overlaps($1) }
        }
        let wantedShape = TensorShape(wanted.map(\.count))
        let covered = touching.reduce(0) { sum, piece in
            sum + TensorShape(zip(piece.ranges, wanted).map { $0.clamped(to: $1).count }).elementCount
        }
        guard covered == wantedShape.elementCount else {
            throw .invalidArgument(
                "Does not have sufficient slices for partitioned tensor \(name) to restore in slice_spec: \(slice)")
        }
        let type = try dataType(entry, name)
        guard type != .string else { throw .invalidArgument("Dtype string not supported.") }
        guard let result = Tensor(allocating: type, shape: wantedShape) else {
            throw .resourceExhausted("no memory for tensor \(name) with shape \(shape)")
        }
        for piece in touching {
            copy(try read(piece, of: entry, name), piece.ranges, to: result, wanted)
        }
        return result
    }

    /// The pieces in which the tensor is stored; they do not overlap.
    private func pieces(of entry: BundleEntry, _ shape: TensorShape, _ name: String) throws(Status) -> [Piece] {
        guard !entry.slices.isEmpty else {
            let whole = TensorSlice(wholeOfRank: shape.rank)
            return [Piece(slice: whole, ranges: try whole.ranges(in: shape))]
        }
        guard entry.slices.count <= TensorBundle.mostSlices else {
            throw .resourceExhausted("\(name) is stored in \(entry.slices.count) slices; at most 10000 are read")
        }
        var pieces: [Piece] = []
        for slice in entry.slices { pieces.append(Piece(slice: slice, ranges: try slice.ranges(in: shape))) }
        for (index, piece) in pieces.enumerated() {
            for other in pieces[..<index] where zip(piece.ranges, other.ranges).allSatisfy({ $0.overlaps($1) }) {
                throw .dataLoss("slices \(other.slice) and \(piece.slice) of \(name) overlap in \(self.index.prefix)")
            }
        }
        return pieces
    }

    private func read(_ piece: Piece, of entry: BundleEntry, _ name: String) throws(Status) -> Tensor {
        guard !entry.slices.isEmpty else { return try stored(entry, Array(name.utf8)) }
        let key = piece.slice.key(of: name.utf8)
        let part = try self.entry(key)
        guard part.typeCode == entry.typeCode, part.slices.isEmpty,
            let shape = part.shape, shape == TensorShape(piece.ranges.map(\.count))
        else { throw .dataLoss("slice \(piece.slice) of \(name) does not fit its tensor in \(index.prefix)") }
        return try stored(part, key)
    }

    /// Copies the elements that lie in both boxes, row by row.
    private func copy(
        _ source: Tensor, _ sourceBox: [Range<Int>], to target: Tensor, _ targetBox: [Range<Int>]
    ) {
        let common = zip(sourceBox, targetBox).map { $0.clamped(to: $1) }
        let size = target.dataType.byteCount
        guard let last = common.last else {
            target.buffer.base.copyMemory(from: source.buffer.base, byteCount: size)
            return
        }
        let rows = TensorShape(common.dropLast().map(\.count)).elementCount
        var position = common.map(\.lowerBound)
        for _ in 0..<rows {
            let from = offset(of: position, in: sourceBox) * size
            let to = offset(of: position, in: targetBox) * size
            (target.buffer.base + to).copyMemory(from: source.buffer.base + from, byteCount: last.count * size)
            for axis in common.indices.dropLast().reversed() {
                position[axis] += 1
                if position[axis] < common[axis].upperBound { break }
                position[axis] = common[axis].lowerBound
            }
        }
    }

    /// The row-major number of `position` within `box`.
    private func offset(of position: [Int], in box: [Range<Int>]) -> Int {
        zip(position, box).reduce(0) { $0 * $1.1.count + ($1.0 - $1.1.lowerBound) }
    }
}
