import Execution
import Graphs
import ServingCore
import Tensors

/// `Const`: the tensor of attribute `value`.
let constantOps: [OpDefinition] = [
    OpDefinition(
        "Const",
        infer: { (facts) throws(Status) in [TensorFact(constant: try constantValue(facts.node))] },
        makeKernel: { (construction) throws(Status) in ConstantKernel(try constantValue(construction.node)) })
]

private func constantValue(_ node: Node) throws(Status) -> Tensor {
    let tensor = try node.attributes.tensor("value")
    let type = try node.attributes.type("dtype", default: tensor.dataType)
    guard type == tensor.dataType else {
        throw .invalidArgument("Const has dtype \(type.protoName), but its value is \(tensor.dataType.protoName)")
    }
    return tensor
}

private final class ConstantKernel: Kernel {
    private let tensor: Tensor

    init(_ tensor: Tensor) { self.tensor = tensor }

    func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, tensor) }
}
