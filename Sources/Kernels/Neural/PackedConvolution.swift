import Execution
import Graphs
import ServingCore
import Tensors

/// `Conv2D` and `FusedConv2D` of `Float` pictures with their channels last and a constant filter, which is packed while loading.
///
/// Calls of other shapes, and those that must fail, go to the kernel for all shapes.
final class PackedConvolutionKernel: Kernel {
    private let attributes: WindowAttributes
    private let filter: TensorShape
    private let groups: Int
    private let epilogue: Epilogue
    private let algorithm: Algorithm
    private let general: any Kernel

    /// The chosen algorithm with its weights.
    private enum Algorithm {
        case direct(DirectConvolution)
        case winograd(WinogradConvolution)
    }

    private init(
        _ construction: KernelConstruction, _ attributes: WindowAttributes, filter: ConstantWeights, groups: Int,
        _ epilogue: Epilogue, _ general: any Kernel
    ) throws(Status) {
        self.attributes = attributes
        self.filter = filter.tensor.shape
        self.groups = groups
        self.epilogue = epilogue
        self.general = general
        algorithm = try Self.make(construction.convolution ?? .direct, construction, filter, groups)
    }

    /// `wanted`, or the direct way if the weights do not suit it.
    private static func make(
        _ wanted: ConvolutionAlgorithm, _ construction: KernelConstruction, _ filter: ConstantWeights, _ groups: Int
    ) throws(Status) -> Algorithm {
        if case .winograd(let tile) = wanted {
            let convolution = try WinogradConvolution(construction, filter: filter, tile: tile)
            if convolution.suitsWeights { return .winograd(convolution) }
        }
        return .direct(try DirectConvolution(construction, filter: filter, groups: groups))
    }

    /// The kernel for `construction` if its filter is known and its elements are `Float`, else `general`.
    static func make(
        _ construction: KernelConstruction, _ epilogue: Epilogue, else general: any Kernel
    ) throws(Status) -> any Kernel {
        let general = try WeightFactors(construction.attributes) == nil ? general : RefusingKernel()
        guard let groups = try groups(construction.facts), let weights = try weights(construction) else {
            return general
        }
        let attributes = try WindowAttributes(construction, spatialRank: 2)
        return try RefusingKernel.unlessTooLarge { () throws(Status) in
            try PackedConvolutionKernel(
                construction, attributes, filter: weights, groups: groups, epilogue, general)
        }
    }

    /// The filter of a convolution for which `groups` is not nil, with its factors; nil if it is not known.
    static func weights(_ construction: KernelConstruction) throws(Status) -> ConstantWeights? {
        guard let filter = try construction.input(1).constant else { return nil }
        return try ConstantWeights(
            filter, .convolution(filter.shape), factors: try WeightFactors(construction.attributes))
    }

    /// The number of groups if the weights of such a convolution can be packed, as far as that is known before; else nil.
    static func groups(_ facts: NodeFacts) throws(Status) -> Int? {
        guard try facts.input(0).dataType == .float, let filter = try facts.input(1).constant, filter.shape.rank == 4,
            filter.elementCount > 0, try !WindowAttributes(facts.attributes, spatialRank: 2).isChannelsFirst
        else { return nil }
        let channels = try facts.input(0).shape.size(3) ?? filter.shape[2]
        let groups = channels / filter.shape[2]
        guard groups > 0, filter.shape[3] % groups == 0 else { return nil }
        return groups == 1 || filter.shape[3] / groups >= fewestGroupOutputs ? groups : nil
    }

    /// Groups of fewer outputs would leave most of a panel empty.
    private static let fewestGroupOutputs = 4

    var packedInputs: [Int] { [1] }

    var weightReductions: [WeightReduction] {
        guard case .direct(let direct) = algorithm else { return [] }
        return [direct.weights.reduction].compactMap { $0 }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        guard let geometry = try geometry(context.input(0).shape) else { return try general.compute(context) }
        var shape = context.input(0).shape
        shape[1] = geometry.height.output
        shape[2] = geometry.width.output
        shape[3] = geometry.outputChannels
        let output: Tensor
        if let residual = epilogue.residualInput {
            output = try context.allocateOutput(0, .float, shape, reusing: residual..<residual + 1)
        } else {
            output = try context.allocateOutput(0, .float, shape)
        }
        let added = try epilogue.operands(context, for: shape)
        guard shape.elementCount > 0 else { return }
        let operands = ConvolutionOperands(
            input: context.input(0).pointer(Float.self), output: output.pointer(Float.self), bias: added.bias,
            residual: added.residual, activation: epilogue.activation)
        switch algorithm {
        case .direct(let direct): try direct.run(geometry, operands, in: context)
        case .winograd(let winograd): try winograd.run(geometry, operands, in: context)
        }
    }

    /// The sizes for an input of shape `input`; nil if they are left to the general kernel.
    private func geometry(_ input: TensorShape) throws(Status) -> ConvolutionGeometry? {
        guard input.rank == 4, input[3] == filter[2] * groups else { return nil }
        let geometry = ConvolutionGeometry(
            batch: input[0], depth: .trivial, height: try attributes.axis(0, input: input[1], window: filter[0]),
            width: try attributes.axis(1, input: input[2], window: filter[1]), inputChannels: input[3],
            outputChannels: filter[3], groups: groups)
        return ConvolutionSpan.isReasonable(geometry) ? geometry : nil
    }
}
