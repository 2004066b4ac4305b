import Execution
import Graphs
import ServingCore
import Tensors

/// `FusedMaxPool`: `MaxPool` of numbers that are not negative, where the padding may stand for zeros. It throws for inputs
/// without elements, whose windows see only padding.
let fusedMaxPoolOps: [OpDefinition] = [
    OpDefinition(
        "FusedMaxPool", infer: { (facts) throws(Status) in try OpRegistry.standard["MaxPool"]!.infer(facts) },
        makeKernel: { (construction) throws(Status) in
            FusedMaxPoolKernel(try OpRegistry.standard["MaxPool"]!.makeKernel(construction))
        })
]

private final class FusedMaxPoolKernel: Kernel {
    private let pooling: any Kernel

    init(_ pooling: any Kernel) { self.pooling = pooling }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        guard shape.elementCount > 0 else { throw .invalidArgument("pictures with elements expected, got \(shape)") }
        try pooling.compute(context)
    }
}
