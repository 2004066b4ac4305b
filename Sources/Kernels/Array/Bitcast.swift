import Execution
import Graphs
import ServingCore
import Tensors

/// `Bitcast`: the same bytes as elements of attribute `type`; wider elements take the last dimension up, narrower ones
/// add one. The output shares the input's memory.
let bitcastOps: [OpDefinition] = [
    OpDefinition(
        "Bitcast",
        infer: { (facts) throws(Status) in
            let input = try facts.input(0)
            let type = try facts.attributes.type("type")
            guard let full = input.shape.full else { return [TensorFact(type)] }
            return [TensorFact(type, PartialShape(try castShape(full, input.dataType, type)))]
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.attributes.type("type")
            let source = try construction.input(0).dataType
            guard !type.isReference, !source.isReference, type != .bool, source != .bool else {
                throw construction.unsupported(source)
            }
            return BitcastKernel(type)
        })
]

private func castShape(_ shape: TensorShape, _ source: DataType, _ target: DataType) throws(Status) -> TensorShape {
    let (from, to) = (source.byteCount, target.byteCount)
    if from == to { return shape }
    if from > to {
        guard let wider = shape.inserting(from / to, at: shape.rank) else {
            throw .unimplemented("tensors have at most \(TensorShape.maximumRank) dimensions here")
        }
        return try .checked(wider.dimensions)
    }
    guard shape.rank > 0, shape[shape.rank - 1] == to / from else {
        throw .invalidArgument("Cannot bitcast from \(source.name) to \(target.name): shape \(shape)")
    }
    return shape.removing(at: shape.rank - 1)
}

private final class BitcastKernel: Kernel {
    private let type: DataType

    init(_ type: DataType) { self.type = type }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        context.setOutput(0, input.bitcast(to: type, shape: try castShape(input.shape, input.dataType, type)))
    }
}
