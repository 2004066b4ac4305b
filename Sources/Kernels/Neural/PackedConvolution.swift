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
    private let direct: DirectConvolution
    private let general: any Kernel

    private init(
        _ construction: KernelConstruction, _ attributes: WindowAttributes, filter: Tensor, groups: Int,
        _ epilogue: Epilogue, _ general: any Kernel
    ) throws(Status) {
        self.attributes = attributes
        self.filter = filter.shape
        self.groups = groups
        self.epilogue = epilogue
        self.general = general
        direct = try DirectConvolution(construction, filter: filter, groups: groups)
    }

    /// The kernel for `construction` if its filter is known and its elements are `Float`, else `general`.
    static func make(
        _ construction: KernelConstruction, _ epilogue: Epilogue, else general: any Kernel
    ) throws(Status) -> any Kernel {
        guard try construction.input(0).dataType == .float, let filter = try construction.input(1).constant,
            filter.shape.rank == 4, filter.elementCount > 0
        else { return general }
        let attributes = try WindowAttributes(construction, spatialRank: 2)
        let channels = try construction.input(0).shape.size(3) ?? filter.shape[2]
        let groups = channels / filter.shape[2]
        guard !attributes.isChannelsFirst, groups > 0, filter.shape[3] % groups == 0 else { return general }
        guard groups == 1 || filter.shape[3] / groups >= fewestGroupOutputs else { return general }
        return try PackedConvolutionKernel(
            construction, attributes, filter: filter, groups: groups, epilogue, general)
    }

    /// Groups of fewer outputs would leave most of a panel empty.
    private static let fewestGroupOutputs = 4

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
        try direct.run(geometry, operands, in: context)
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
