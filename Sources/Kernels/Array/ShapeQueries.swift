import Execution
import Graphs
import ServingCore
import Tensors

/// `Shape`, `ShapeN`, `Size`, `Rank`: they look at the shape of their inputs only, so that their outputs are constants
/// where the shapes are known while loading.
let shapeQueryOps: [OpDefinition] = [
    OpDefinition(
        "Shape", infer: { (facts) throws(Status) in [try shapeFact(facts, 0)] },
        makeKernel: { (construction) throws(Status) in ShapeKernel(try outputType(construction.attributes)) }),
    OpDefinition(
        "ShapeN",
        infer: { (facts) throws(Status) in
            var result: [TensorFact] = []
            for index in facts.inputs.indices { result.append(try shapeFact(facts, index)) }
            return result
        },
        makeKernel: { (construction) throws(Status) in ShapeKernel(try outputType(construction.attributes)) }),
    OpDefinition(
        "Size", infer: { (facts) throws(Status) in [try sizeFact(facts)] },
        makeKernel: { (construction) throws(Status) in SizeKernel(try outputType(construction.attributes)) }),
    OpDefinition(
        "Rank",
        infer: { (facts) throws(Status) in
            guard let rank = try facts.input(0).shape.rank else { return [TensorFact(.int32, PartialShape([]))] }
            return [TensorFact(constant: Tensor(scalar: Int32(rank)))]
        },
        makeKernel: { (_) throws(Status) in RankKernel() }),
]

private func outputType(_ attributes: Attributes) throws(Status) -> DataType {
    let type = try attributes.type("out_type", default: .int32)
    guard type == .int32 || type == .int64 else {
        throw .invalidArgument("out_type must be int32 or int64, not \(type.name)")
    }
    return type
}

private func shapeFact(_ facts: NodeFacts, _ index: Int) throws(Status) -> TensorFact {
    let type = try outputType(facts.attributes)
    let shape = try facts.input(index).shape
    if let full = shape.full { return TensorFact(constant: try sizes(full, type)) }
    return TensorFact(type, PartialShape([shape.rank ?? -1]))
}

private func sizeFact(_ facts: NodeFacts) throws(Status) -> TensorFact {
    let type = try outputType(facts.attributes)
    guard let full = try facts.input(0).shape.full else { return TensorFact(type, PartialShape([])) }
    return TensorFact(constant: try scalar(full.elementCount, type))
}

/// The sizes of `shape` as a vector of `type`.
private func sizes(_ shape: TensorShape, _ type: DataType) throws(Status) -> Tensor {
    if type == .int64 { return Tensor(shape.dimensions.map { Int64($0) }) }
    for index in 0..<shape.rank where shape[index] > Int(Int32.max) {
        throw .invalidArgument("Shape output type is 32-bit  but dim \(index) is \(shape[index])")
    }
    return Tensor(shape.dimensions.map { Int32($0) })
}

private func scalar(_ value: Int, _ type: DataType) throws(Status) -> Tensor {
    if type == .int64 { return Tensor(scalar: Int64(value)) }
    guard let small = Int32(exactly: value) else {
        throw .invalidArgument("Number of elements was larger than representable by 32-bit output type")
    }
    return Tensor(scalar: small)
}

private final class ShapeKernel: Kernel {
    private let type: DataType

    init(_ type: DataType) { self.type = type }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        for index in 0..<context.outputCount {
            let shape = context.input(index).shape
            let output = try context.allocateOutput(index, type, [shape.rank])
            for dimension in 0..<shape.rank {
                if type == .int64 {
                    output.pointer(Int64.self)[dimension] = Int64(shape[dimension])
                } else if let size = Int32(exactly: shape[dimension]) {
                    output.pointer(Int32.self)[dimension] = size
                } else {
                    throw .invalidArgument("Shape output type is 32-bit  but dim \(dimension) is \(shape[dimension])")
                }
            }
        }
    }
}

private final class SizeKernel: Kernel {
    private let type: DataType

    init(_ type: DataType) { self.type = type }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        context.setOutput(0, try scalar(context.input(0).elementCount, type))
    }
}

private final class RankKernel: Kernel {
    func compute(_ context: borrowing KernelContext) throws(Status) {
        context.setOutput(0, Tensor(scalar: Int32(context.input(0).shape.rank)))
    }
}
