import Graphs
import ServingCore

extension OpRegistry {
    /// These ops together with those that only the compiler makes, which models cannot name.
    public func addingFusedOps() -> OpRegistry { adding(fusedOps) }
}

/// `Conv2D`, `DepthwiseConv2dNative` and `MatMul` of `Float` elements with an epilogue: `FusedConv2D` and so on. They have the
/// attributes of those ops, whose inputs come first, and those that `Epilogue` reads.
private let fusedOps: [[OpDefinition]] = [
    fusedConvolutionOps,
    fusedDepthwiseConvolutionOps,
    fusedProducts,
    fusedRecurrence,
    fusedActivationOps,
    scaleShiftOps,
]

private let fusedProducts = ["MatMul"].map { base in
    OpDefinition(
        "Fused\(base)", infer: { (facts) throws(Status) in try OpRegistry.standard[base]!.infer(facts) },
        makeKernel: { (construction) throws(Status) in
            EpilogueKernel(
                try OpRegistry.standard[base]!.makeKernel(construction),
                try Epilogue(construction.attributes, inputs: 2))
        })
}
