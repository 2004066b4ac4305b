import Execution
import Graphs
import ServingCore
import Tensors

/// Ops whose output stands for a variable: `VarHandleOp` and TensorFlow 1's `VariableV2` and `Variable`.
///
/// Here both give a resource. The compiler puts a `ReadVariableOp` behind a reference where its value is wanted.
let variableHandleOps: [OpDefinition] =
    [
        OpDefinition("VarHandleOp", isStateful: true, infer: inferHandle) { (construction) throws(Status) in
            FixedOutputKernel(try makeVariable(construction, declaredShape: nil))
        },
        // Its output is the same handle at every run, which is how writes through it are found.
        OpDefinition("RefIdentity", infer: Inference.sameAsInput) { (_) throws(Status) in
            ForwardKernel()
        },
        OpDefinition("DestroyResourceOp", isStateful: true, infer: Inference.noOutputs) {
            (construction) throws(Status) in
            DestroyResourceKernel(
                ignoresMissing: try construction.attributes.bool("ignore_lookup_error", default: true))
        },
    ]
    + ["VariableV2", "Variable"].map { name in
        OpDefinition(name, isStateful: true, infer: inferHandle) { (construction) throws(Status) in
            let shape = try construction.attributes.shape("shape", default: .unknown)
            return FixedOutputKernel(try makeVariable(construction, declaredShape: shape))
        }
    }

private let inferHandle: OpDefinition.Inference = { (_) throws(Status) in [TensorFact(.resource, PartialShape([]))] }

private func makeVariable(_ construction: KernelConstruction, declaredShape: PartialShape?) throws(Status) -> Tensor {
    let container = try construction.attributes.string("container", default: "")
    let shared = try construction.attributes.string("shared_name", default: "")
    // TensorFlow's mark for a variable that no other node may share.
    let anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347"
    let node = construction.node.name
    let name = shared.isEmpty || shared == anonymous ? node : shared
    let shown = declaredShape == nil ? name : node
    let variable = construction.resources.findOrCreate(Variable.self, container: container, name: name) {
        Variable(name: shown, container: container, declaredShape: declaredShape)
    }
    return Tensor(object: variable, dataType: .resource)
}

/// The same tensor at every run.
private final class FixedOutputKernel: Kernel {
    private let tensor: Tensor

    init(_ tensor: Tensor) { self.tensor = tensor }

    func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, tensor) }
}

private final class DestroyResourceKernel: Kernel {
    private let ignoresMissing: Bool

    init(ignoresMissing: Bool) { self.ignoresMissing = ignoresMissing }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        guard let variable = context.input(0).object(as: Variable.self) else { return }
        guard variable.current != nil || ignoresMissing else { throw variable.missing }
        variable.clear()
    }
}

extension KernelContext {
    /// The variable that input 0 stands for.
    func variable() throws(Status) -> Variable {
        guard let variable = input(0).object(as: Variable.self) else {
            throw .invalidArgument("input 0 must be the handle of a variable, but is a \(input(0).dataType.name)")
        }
        return variable
    }

    /// The value of the variable that input 0 stands for; the text of its absence is that of ops that look it up.
    func variableValue() throws(Status) -> Tensor {
        let variable = try variable()
        guard let value = variable.current else { throw variable.missing }
        return value
    }
}
