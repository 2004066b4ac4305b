import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `FusedActivation`: the function that the attributes of an activation name, for each element.
let fusedActivationOps: [OpDefinition] = [
    OpDefinition("FusedActivation", infer: Inference.sameAsInput) { (construction) throws(Status) in
        FusedActivationKernel(try Activation(construction.attributes))
    }
]

private final class FusedActivationKernel: Kernel {
    private let activation: Activation

    init(_ activation: Activation) { self.activation = activation }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1)
        guard shape.elementCount > 0 else { return }
        let source = UnsafePointer(context.input(0).pointer(Float.self))
        let target = output.pointer(Float.self)
        let activation = activation
        context.parallelFor(shape.elementCount, cost: 1) { range in
            let part = target + range.lowerBound
            if UnsafePointer(part) != source + range.lowerBound {
                part.update(from: source + range.lowerBound, count: range.count)
            }
            VectorKernels.current.activate(activation, part, range.count)
        }
    }
}
