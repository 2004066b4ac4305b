import Execution
import Graphs
import ServingCore
import Tensors

/// `Assert`, and ops that print or only order others, which have no effect on a server.
let controlOps: [OpDefinition] = [
    OpDefinition("Assert", isStateful: true, infer: Inference.noOutputs) { (construction) throws(Status) in
        guard try construction.input(0).dataType == .bool else {
            throw construction.unsupported(try construction.input(0).dataType, "condition")
        }
        return AssertKernel(limit: try construction.attributes.int("summarize", default: 3))
    },
    OpDefinition("Print", isStateful: true, infer: Inference.sameAsInput) { (_) throws(Status) in ForwardKernel() },
    OpDefinition("PrintV2", isStateful: true, infer: Inference.noOutputs) { (_) throws(Status) in ForwardKernel() },
    OpDefinition("ControlTrigger", isStateful: true, infer: Inference.noOutputs) { (_) throws(Status) in
        ForwardKernel()
    },
]

private final class AssertKernel: Kernel {
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let condition = context.input(0)
        guard condition.elementCount == 1, condition.shape.rank == 0 else {
            throw .invalidArgument("In[0] should be a scalar: \(condition.shape)")
        }
        guard !condition.pointer(Bool.self)[0] else { return }
        var text = "assertion failed:"
        for index in 1..<context.inputCount { text += " [\(TensorSummary(context.input(index), limit: limit).text)]" }
        throw .invalidArgument(text)
    }
}
