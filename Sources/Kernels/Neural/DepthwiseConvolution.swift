import Execution
import Graphs
import ServingCore
import Tensors

/// `DepthwiseConv2dNative`: every input channel is convolved with filters of its own.
let depthwiseConvolutionOps: [OpDefinition] = [
    OpDefinition(
        "DepthwiseConv2dNative", infer: { (facts) throws(Status) in [try inferDepthwise(facts)] },
        makeKernel: { (construction) throws(Status) in
            switch try construction.input(0).dataType {
            case .float: try specialized(DepthwiseKernel<Float>(construction))
            case .double: try specialized(DepthwiseKernel<Double>(construction))
            case .half: try specialized(DepthwiseKernel<Half>(construction))
            case .bfloat16: try specialized(DepthwiseKernel<BFloat16>(construction))
            case let other: throw construction.unsupported(other)
            }
        })
]

/// `FusedDepthwiseConv2dNative`: the same of `Float` elements with an epilogue; the channels must be last.
let fusedDepthwiseConvolutionOps: [OpDefinition] = [
    OpDefinition(
        "FusedDepthwiseConv2dNative", infer: { (facts) throws(Status) in [try inferDepthwise(facts)] },
        makeKernel: { (construction) throws(Status) in
            guard try construction.input(0).dataType == .float else {
                throw construction.unsupported(try construction.input(0).dataType)
            }
            guard try construction.attributes.string("data_format", default: "NHWC") == "NHWC" else {
                throw .unimplemented("\(construction.node.op) takes images with their channels last only")
            }
            let epilogue = try Epilogue(construction.attributes, inputs: 2)
            return specialized(try DepthwiseKernel<Float>(construction, epilogue))
        })
]

private func inferDepthwise(_ facts: NodeFacts) throws(Status) -> TensorFact {
    let input = try facts.input(0)
    let filter = try facts.input(1).shape
    guard let attributes = try? WindowAttributes(facts.attributes, spatialRank: 2) else {
        return TensorFact(input.dataType, PartialShape.unknown(rank: 4))
    }
    var outputs: Int?
    if let channels = filter.size(2), let multiplier = filter.size(3) {
        let (product, overflow) = channels.multipliedReportingOverflow(by: multiplier)
        outputs = overflow ? nil : product
    }
    return TensorFact(
        input.dataType,
        PartialShape(
            attributes.inferredSizes(
                input.shape, windows: [filter.size(0), filter.size(1)], channels: outputs)))
}

/// The sizes of one depthwise convolution.
struct DepthwiseGeometry {
    var batch: Int
    var height: WindowAxis
    var width: WindowAxis
    var channels: Int
    /// Output channels for each input channel.
    var multiplier: Int

    var outputChannels: Int { channels * multiplier }
    var inputSize: Int { height.input * width.input * channels }
    var outputSize: Int { height.output * width.output * outputChannels }
}

private final class DepthwiseKernel<Element: MatrixElement>: Kernel
where Element.Wide: BinaryFloatingPoint {
    private typealias Wide = Element.Wide
    private let attributes: WindowAttributes
    private let wideFilter: Tensor?
    private let epilogue: Epilogue?

    /// - Parameter epilogue: only for `Float` elements with the channels last.
    init(_ construction: KernelConstruction, _ epilogue: Epilogue? = nil) throws(Status) {
        self.epilogue = epilogue
        attributes = try WindowAttributes(construction, spatialRank: 2)
        wideFilter = Element.isNarrow ? try Element.widenedConstant(try construction.input(1).constant) : nil
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let filter = context.input(1)
        let geometry = try self.geometry(input.shape, filter.shape)
        let spatial = [geometry.height.output, geometry.width.output]
        let (channels, overflow) = geometry.channels.multipliedReportingOverflow(by: geometry.multiplier)
        guard !overflow else { throw .invalidArgument("too many output channels for filter \(filter.shape)") }
        let sizes = attributes.isChannelsFirst ? [channels] + spatial : spatial + [channels]
        let output = try context.allocateOutput(0, Element.dataType, TensorShape([geometry.batch] + sizes))
        guard output.elementCount > 0 else { return }
        let source = try Element.widened(input, in: context)
        let weights = if let wideFilter { wideFilter } else { try Element.widened(filter, in: context) }
        let result = Element.isNarrow ? try context.allocateTemporary(Wide.dataType, output.shape) : output
        let values = source.pointer(Wide.self)
        if attributes.isChannelsFirst {
            try runChannelsFirst(geometry, input: values, weights, output: result.pointer(Wide.self), context)
        } else {
            let operands = try epilogue?.operands(context, for: output.shape)
            try run(geometry, input: values, weights, output: result.pointer(Wide.self), operands, context)
        }
        guard Element.isNarrow else { return }
        Element.narrow(result.pointer(Wide.self), to: output.pointer(Element.self), count: output.elementCount)
    }

    /// Turns each image to have its channels last, and its result back.
    private func runChannelsFirst(
        _ geometry: DepthwiseGeometry, input: UnsafePointer<Wide>, _ filter: Tensor,
        output: UnsafeMutablePointer<Wide>, _ context: borrowing KernelContext
    ) throws(Status) {
        var single = geometry
        single.batch = 1
        let (inputPlaces, outputPlaces) = (
            geometry.height.input * geometry.width.input, geometry.height.output * geometry.width.output
        )
        let image = try context.allocateTemporary(Wide.dataType, [geometry.inputSize]).pointer(Wide.self)
        let result = try context.allocateTemporary(Wide.dataType, [geometry.outputSize]).pointer(Wide.self)
        for index in 0..<geometry.batch {
            transpose(input + index * geometry.inputSize, rows: geometry.channels, columns: inputPlaces, to: image)
            try run(single, input: image, filter, output: result, nil, context)
            transpose(
                result, rows: outputPlaces, columns: geometry.outputChannels, to: output + index * geometry.outputSize)
        }
    }

    /// Computes images with their channels last: by vectors where numbers are `Float`.
    private func run(
        _ geometry: DepthwiseGeometry, input: UnsafePointer<Wide>, _ filter: Tensor,
        output: UnsafeMutablePointer<Wide>, _ epilogue: EpilogueOperands?, _ context: borrowing KernelContext
    ) throws(Status) {
        guard Wide.self == Float.self else {
            return geometry.runPlain(input: input, filter: filter.pointer(Wide.self), output: output, in: context)
        }
        var operands = WindowLines.Operands(
            input: UnsafeRawPointer(input).assumingMemoryBound(to: Float.self),
            output: UnsafeMutableRawPointer(output).assumingMemoryBound(to: Float.self))
        operands.filter = UnsafePointer(filter.pointer(Float.self))
        operands.bias = epilogue?.bias
        operands.residual = epilogue?.residual
        operands.activation = self.epilogue?.activation ?? .linear
        try geometry.run(operands, in: context)
    }

    /// The sizes. Throws INVALID_ARGUMENT with TensorFlow's texts if the shapes do not fit.
    private func geometry(_ input: TensorShape, _ filter: TensorShape) throws(Status) -> DepthwiseGeometry {
        guard input.rank == 4 else { throw .invalidArgument("input must be 4-dimensional\(input)") }
        guard filter.rank == 4 else { throw .invalidArgument("filter must be 4-dimensional: \(filter)") }
        let channels = attributes.isChannelsFirst ? input[1] : input[3]
        guard channels == filter[2] else {
            throw .invalidArgument("input and filter must have the same depth: \(channels) vs \(filter[2])")
        }
        let start = attributes.isChannelsFirst ? 2 : 1
        return DepthwiseGeometry(
            batch: input[0], height: try attributes.axis(0, input: input[start], window: filter[0]),
            width: try attributes.axis(1, input: input[start + 1], window: filter[1]), channels: channels,
            multiplier: filter[3])
    }
}
