import Graphs
import ServingCore

extension OpRegistry {
    /// These ops together with those that only the compiler makes, which models cannot name.
    public func addingFusedOps() -> OpRegistry { adding(fusedOps) }
}

/// Ops that have the attributes of those that they are named after, whose inputs come first, and those that `Epilogue` reads.
private let fusedOps: [[OpDefinition]] = [
    fusedProducts, fusedMatMulOps, fusedNormalizationOps,
]

/// `Conv2D` and `DepthwiseConv2dNative` of `Float` elements with an epilogue: `FusedConv2D` and so on.
private let fusedProducts = ["Conv2D", "DepthwiseConv2dNative"].map { base in
    OpDefinition(
        "Fused\(base)", infer: { (facts) throws(Status) in try OpRegistry.standard[base]!.infer(facts) },
        makeKernel: { (construction) throws(Status) in
            EpilogueKernel(
                try OpRegistry.standard[base]!.makeKernel(construction),
                try Epilogue(construction.attributes, inputs: 2))
        })
}
