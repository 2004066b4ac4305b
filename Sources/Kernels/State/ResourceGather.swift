import Execution
import Graphs
import ServingCore
import Tensors

/// `ResourceGather` and `ResourceGatherNd`: rows of a variable, without reading it whole.
let resourceGatherOps: [OpDefinition] = [
    OpDefinition("ResourceGather", isStateful: true, infer: inferGather) { (construction) throws(Status) in
        try checkIndexType(construction)
        return ResourceGatherKernel(
            try construction.attributes.type("dtype"),
            batchDimensions: try construction.attributes.int("batch_dims", default: 0))
    },
    OpDefinition("ResourceGatherNd", isStateful: true, infer: inferGather) { (construction) throws(Status) in
        try checkIndexType(construction)
        return ResourceGatherNdKernel(try construction.attributes.type("dtype"), nodeName: construction.node.name)
    },
]

private let inferGather: OpDefinition.Inference = { (facts) throws(Status) in
    [TensorFact(try facts.attributes.type("dtype"))]
}

private func checkIndexType(_ construction: KernelConstruction) throws(Status) {
    let type = try construction.input(1).dataType
    guard type == .int32 || type == .int64 else { throw construction.unsupported(type, "Tindices") }
}

extension KernelContext {
    /// The variable's value, which must be of type `dataType`.
    fileprivate func parameters(_ dataType: DataType) throws(Status) -> Tensor {
        let value = try variableValue()
        guard value.dataType == dataType else {
            throw .invalidArgument(
                "Trying to read variable with wrong dtype. Expected \(dataType.name) got \(value.dataType.name)")
        }
        return value
    }

    /// Copies rows of `rowBytes` bytes from `source` to `target`; `row` gives the source's row for each of the target's.
    fileprivate func copyRows(
        _ source: Tensor, to target: Tensor, count: Int, rowBytes: Int, _ row: @escaping (Int) -> Int
    ) {
        if source.dataType.isReference { target.buffer.attachContents(of: source.buffer) }
        let (from, to) = (UnsafeRawPointer(source.buffer.base), target.buffer.base)
        parallelFor(count, cost: Double(rowBytes) * 0.1 + 3) { range in
            for index in range {
                (to + index &* rowBytes).copyMemory(from: from + row(index) &* rowBytes, byteCount: rowBytes)
            }
        }
    }
}

private final class ResourceGatherKernel: Kernel {
    private let dataType: DataType
    private let batchDimensions: Int

    init(_ dataType: DataType, batchDimensions: Int) {
        self.dataType = dataType
        self.batchDimensions = batchDimensions
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let parameters = try context.parameters(dataType)
        let indices = context.input(1)
        guard parameters.shape.rank >= 1 else { throw .invalidArgument("params must be at least 1 dimensional") }
        let batch = try batchRank(parameters.shape, indices.shape)
        let rows = parameters.shape[batch]
        let shape = try TensorShape.checked(
            indices.shape.dimensions + Array(parameters.shape.dimensions.dropFirst(batch + 1)))
        for position in 0..<indices.elementCount {
            let row = indices.index(at: position)
            guard row >= 0, row < rows else {
                throw .invalidArgument(
                    "indices\(indices.shape.coordinates(of: position)) = \(row) is not in [0, \(rows))")
            }
        }
        let output = try context.allocateOutput(0, dataType, shape)
        guard shape.elementCount > 0 else { return }
        let perBatch = indices.shape.product(batch..<indices.shape.rank)
        let rowBytes = parameters.shape.product(batch + 1..<parameters.shape.rank) * dataType.byteCount
        context.copyRows(parameters, to: output, count: indices.elementCount, rowBytes: rowBytes) { position in
            position / perBatch &* rows &+ indices.index(at: position)
        }
    }

    /// The number of leading dimensions that both tensors share.
    private func batchRank(_ parameters: TensorShape, _ indices: TensorShape) throws(Status) -> Int {
        let batch = batchDimensions < 0 ? batchDimensions + indices.rank : batchDimensions
        guard batch >= 0, batch <= indices.rank, batch < parameters.rank else {
            throw .invalidArgument(
                "batch_dims (\(batchDimensions)) must be at most rank(indices) (\(indices.rank)) and less than "
                    + "rank(params) (\(parameters.rank)).")
        }
        for index in 0..<batch where parameters[index] != indices[index] {
            throw .invalidArgument(
                "params.shape[\(index)]: \(parameters[index]) should be equal to indices.shape[\(index)]: "
                    + "\(indices[index])")
        }
        return batch
    }
}

private final class ResourceGatherNdKernel: Kernel {
    private let dataType: DataType
    private let nodeName: String

    init(_ dataType: DataType, nodeName: String) {
        self.dataType = dataType
        self.nodeName = nodeName
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let parameters = try context.parameters(dataType)
        let indices = context.input(1)
        guard parameters.shape.rank >= 1 else { throw .invalidArgument("params must be at least a vector") }
        guard indices.shape.rank >= 1 else { throw .invalidArgument("indices must be at least a vector") }
        let depth = indices.shape[indices.shape.rank - 1]
        guard depth <= parameters.shape.rank else {
            throw .invalidArgument(
                "index innermost dimension length must be <= params rank; saw: \(depth) vs. \(parameters.shape.rank)")
        }
        let places = indices.shape.removing(at: indices.shape.rank - 1)
        let shape = try TensorShape.checked(
            places.dimensions + Array(parameters.shape.dimensions.dropFirst(depth)))
        let count = places.elementCount
        guard depth == 0 || count < Int.max / max(depth, 1) else { throw .invalidArgument("indices is too large") }
        for place in 0..<(shape.elementCount == 0 && depth == 0 ? 0 : count) {
            try check(place, depth, places, indices, parameters.shape)
        }
        let output = try context.allocateOutput(0, dataType, shape)
        guard shape.elementCount > 0 else { return }
        let rowBytes = parameters.shape.product(depth..<parameters.shape.rank) * dataType.byteCount
        let sizes = parameters.shape
        context.copyRows(parameters, to: output, count: count, rowBytes: rowBytes) { place in
            var row = 0
            for index in 0..<depth { row = row &* sizes[index] &+ indices.index(at: place &* depth &+ index) }
            return row
        }
    }

    private func check(
        _ place: Int, _ depth: Int, _ places: TensorShape, _ indices: Tensor, _ parameters: TensorShape
    ) throws(Status) {
        for index in 0..<depth {
            let value = indices.index(at: place * depth + index)
            guard value < 0 || value >= parameters[index] else { continue }
            let values = (0..<depth).map { String(indices.index(at: place * depth + $0)) }
            throw .invalidArgument(
                "indices\(places.coordinates(of: place)) = [\(values.joined(separator: ", "))] does not index into "
                    + "param shape \(parameters), node name: \(nodeName)")
        }
    }
}
