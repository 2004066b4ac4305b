import ServingCore
import Tensors

/// The inputs of several pieces put together: for each input one tensor with the rows of all pieces, in their order.
///
/// The rows are padded to the next of the allowed sizes with copies of the first row of the last piece, lengths to the
/// longest of the batch.
struct BatchAssembly {
    let pieces: [BatchPiece]
    /// Of all pieces.
    let rows: Int
    /// Rows of the tensors: `rows` and the padding.
    let paddedRows: Int
    /// Of the tensors.
    let shapes: [TensorShape]
    /// What the tensors take; `Int.max` if that can't be counted.
    let byteCount: Int

    /// - Parameters:
    ///   - pieces: at least one, all with inputs of the same types and ranks, and of the same sizes unless `BatchPadding`
    ///     allows otherwise.
    ///   - allowedSizes: ascending; none: rows are not padded.
    ///   - byteLimit: rows are not padded if the tensors would take more.
    init(_ pieces: [BatchPiece], allowedSizes: [Int64], byteLimit: Int) {
        self.pieces = pieces
        let rows = pieces.reduce(0) { $0 + $1.rows.count }
        self.rows = rows
        var padded = rows > 0 ? Int(allowedSizes.first { $0 >= rows } ?? Int64(rows)) : 0
        let longest = BatchAssembly.longest(pieces)
        let types = pieces[0].request.inputs.map(\.dataType)
        var bytes = BatchAssembly.byteCount(longest, types, rows: padded)
        if bytes > byteLimit, padded > rows {
            padded = rows
            bytes = BatchAssembly.byteCount(longest, types, rows: rows)
        }
        paddedRows = padded
        byteCount = bytes
        shapes = longest.map { BatchAssembly.shape($0, rows: padded) }
    }

    /// For each input the largest size that a piece has along each dimension behind the first.
    static func longest(_ pieces: [BatchPiece]) -> [TensorShape] {
        var longest = pieces[0].request.inputs.map(\.shape)
        for piece in pieces.dropFirst() {
            for (index, input) in piece.request.inputs.enumerated() {
                let shape = input.shape
                for dimension in 1..<max(shape.rank, 1) where shape[dimension] > longest[index][dimension] {
                    longest[index][dimension] = shape[dimension]
                }
            }
        }
        return longest
    }

    private static func shape(_ shape: TensorShape, rows: Int) -> TensorShape {
        var shape = shape
        shape[0] = rows
        return shape
    }

    private static func byteCount(_ shapes: [TensorShape], _ types: [DataType], rows: Int) -> Int {
        var sum = 0
        for (shape, type) in zip(shapes, types) {
            let shape = BatchAssembly.shape(shape, rows: rows)
            let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.byteCount)
            let (total, overflowToo) = sum.addingReportingOverflow(bytes)
            guard shape.isAddressable, !overflow, !overflowToo else { return .max }
            sum = total
        }
        return sum
    }

    /// Allocates the tensors and has every piece write its rows. Throws RESOURCE_EXHAUSTED without memory.
    func tensors() throws(Status) -> [Tensor] {
        var tensors: [Tensor] = []
        tensors.reserveCapacity(shapes.count)
        for index in shapes.indices { tensors.append(try tensor(index)) }
        return tensors
    }

    private func tensor(_ index: Int) throws(Status) -> Tensor {
        let type = pieces[0].request.inputs[index].dataType
        let shape = shapes[index]
        guard shape.isAddressable, let tensor = Tensor(allocating: type, shape: shape) else {
            throw .resourceExhausted("no memory is left for a batch of type \(type.name) and shape \(shape)")
        }
        guard tensor.elementCount > 0 else { return tensor }
        let rowBytes = tensor.byteCount / paddedRows
        var target = tensor.buffer.base
        var last = target
        for piece in pieces where !piece.rows.isEmpty {
            try write(piece, index, to: target, of: tensor)
            last = target
            target += piece.rows.count * rowBytes
        }
        for _ in rows..<paddedRows {
            target.copyMemory(from: last, byteCount: rowBytes)
            target += rowBytes
        }
        return tensor
    }

    /// Writes the rows of `piece`, by way of a copy in their own lengths if those are padded.
    private func write(
        _ piece: BatchPiece, _ index: Int, to target: UnsafeMutableRawPointer, of tensor: Tensor
    ) throws(Status) {
        let input = piece.request.inputs[index]
        let own = BatchAssembly.shape(input.shape, rows: piece.rows.count)
        let padded = BatchAssembly.shape(tensor.shape, rows: piece.rows.count)
        guard own != padded else { return try input.write(piece.rows, to: target, of: tensor.buffer) }
        if let refusal = BatchPadding.refusal(of: own, to: padded) { throw refusal }
        guard let scratch = TensorBuffer(byteCount: own.elementCount * input.dataType.byteCount) else {
            throw .resourceExhausted("no memory is left for padding a tensor of shape \(own)")
        }
        try input.write(piece.rows, to: scratch.base, of: tensor.buffer)
        BatchPadding.copy(scratch.base, own, to: target, padded, elementBytes: input.dataType.byteCount)
    }
}
