import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// A convolution of single pixels with a constant filter and what is done to its result, as a part of a chain.
struct PointwiseStage: Sendable {
    private let convolution: DirectConvolution
    let inputChannels: Int
    let outputChannels: Int
    private let bias: Tensor?
    private let activation: Activation

    /// Throws INVALID_ARGUMENT if it is no such convolution, and as `KernelConstruction.packed` does.
    init(_ stage: DepthwiseChainStage, of chain: KernelConstruction) throws(Status) {
        let construction = stage.construction(chain)
        guard try PackedConvolutionKernel.groups(stage.facts) == 1, let filter = try construction.input(1).constant,
            filter.shape[0] == 1, filter.shape[1] == 1,
            try WindowAttributes(stage.facts.attributes, spatialRank: 2).strides == [1, 1]
        else {
            throw .invalidArgument("\(stage.part) of a chain of convolutions must be one of single pixels")
        }
        let factors = try WeightFactors(stage.facts.attributes)
        let weights = try ConstantWeights(filter, .convolution(filter.shape), factors: factors)
        convolution = try DirectConvolution(construction, filter: weights, groups: 1)
        inputChannels = filter.shape[2]
        outputChannels = filter.shape[3]
        bias = try stage.bias(chain, channels: outputChannels)
        activation = stage.activation
    }

    var weightBytes: Int { inputChannels &* outputChannels &* convolution.weights.precision.byteCount }

    /// What the weights have lost; nil if they are `Float`.
    var weightReduction: WeightReduction? { convolution.weights.reduction }

    /// What its operands are for pixels at `input`.
    private func operands(
        _ input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, to output: UnsafeMutablePointer<Float>
    ) -> ConvolutionOperands {
        ConvolutionOperands(
            input: input, output: output, bias: bias.map { UnsafePointer($0.pointer(Float.self)) }, residual: residual,
            activation: activation)
    }

    /// Computes `count` pixels, which stand without gaps in all places, on the calling thread.
    func compute(
        _ count: Int, _ input: UnsafePointer<Float>, residual: UnsafePointer<Float>? = nil,
        to output: UnsafeMutablePointer<Float>
    ) {
        convolution.computePixels(count, operands(input, residual: residual, to: output))
    }

    /// The same, split over threads.
    func run(
        _ count: Int, _ input: UnsafePointer<Float>, residual: UnsafePointer<Float>? = nil,
        to output: UnsafeMutablePointer<Float>, in context: borrowing KernelContext
    ) throws(Status) {
        let pixels = WindowAxis(input: count, window: 1, stride: 1, dilation: 1, before: 0, output: count)
        let geometry = ConvolutionGeometry(
            batch: 1, depth: .trivial, height: pixels, width: .trivial, inputChannels: inputChannels,
            outputChannels: outputChannels, groups: 1)
        try convolution.run(geometry, operands(input, residual: residual, to: output), in: context)
    }
}
