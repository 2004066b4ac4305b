import Graphs
import ServingCore

extension OpRegistry {
    /// These ops together with those that only the compiler makes, which models cannot name.
    public func addingFusedOps() -> OpRegistry { adding(fusedOps) }
}

/// Ops that have the attributes of those that they are named after, whose inputs come first, and those that `Epilogue` reads.
private let fusedOps: [[OpDefinition]] = [
    fusedConvolutionOps,
    fusedDepthwiseConvolutionOps,
    fusedDepthwiseChainOps,
    fusedMatMulOps,
    fusedAttentionOps,
    fusedNormalizationOps,
    fusedRecurrence,
    fusedActivationOps,
    fusedMaxPoolOps,
    scaleShiftOps,
    fusedElementwiseOps,
]
