import Execution
import Graphs
import ServingCore
import Tensors

/// `Conv2D` and `Conv3D`, also with groups: patches are gathered in tiles that fit into the cache and multiplied by the
/// filter; where the patches are the input itself, as for 1 × 1 filters, they are not copied.
let convolutionOps: [OpDefinition] = [("Conv2D", 2), ("Conv3D", 3)].map { name, spatialRank in
    OpDefinition(
        name, infer: { (facts) throws(Status) in [try inferConvolution(facts, spatialRank)] },
        makeKernel: { (construction) throws(Status) in
            let general = try makeGeneralConvolution(construction, spatialRank: spatialRank)
            guard spatialRank == 2 else { return general }
            return try PackedConvolutionKernel.make(construction, Epilogue(Attributes(), inputs: 2), else: general)
        })
}

/// The kernel for any element type, layout and filter.
func makeGeneralConvolution(_ construction: KernelConstruction, spatialRank: Int) throws(Status) -> any Kernel {
    switch try construction.input(0).dataType {
    case .float: try specialized(ConvolutionKernel<Float>(construction, spatialRank))
    case .double: try specialized(ConvolutionKernel<Double>(construction, spatialRank))
    case .half: try specialized(ConvolutionKernel<Half>(construction, spatialRank))
    case .bfloat16: try specialized(ConvolutionKernel<BFloat16>(construction, spatialRank))
    case .int32 where spatialRank == 2: try specialized(ConvolutionKernel<Int32>(construction, spatialRank))
    case let other: throw construction.unsupported(other)
    }
}

private func inferConvolution(_ facts: NodeFacts, _ spatialRank: Int) throws(Status) -> TensorFact {
    let input = try facts.input(0)
    let filter = try facts.input(1).shape
    guard let attributes = try? WindowAttributes(facts.attributes, spatialRank: spatialRank) else {
        return TensorFact(input.dataType, PartialShape.unknown(rank: spatialRank + 2))
    }
    return TensorFact(
        input.dataType,
        PartialShape(
            attributes.inferredSizes(
                input.shape, windows: (0..<spatialRank).map { filter.size($0) }, channels: filter.size(spatialRank + 1))
        )
    )
}

private final class ConvolutionKernel<Element: MatrixElement>: Kernel {
    private typealias Wide = Element.Wide
    private let attributes: WindowAttributes
    private let spatialRank: Int
    /// The filter in the type that products are computed in, if it is a constant of a narrow type.
    private let wideFilter: Tensor?

    init(_ construction: KernelConstruction, _ spatialRank: Int) throws(Status) {
        try Element.Wide.prepareProducts()
        attributes = try WindowAttributes(construction, spatialRank: spatialRank)
        self.spatialRank = spatialRank
        wideFilter = Element.isNarrow ? try Element.widenedConstant(try construction.input(1).constant) : nil
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let filter = context.input(1)
        let geometry = try attributes.geometry(input: input.shape, filter: filter.shape, spatialRank: spatialRank)
        let output = try context.allocateOutput(0, Element.dataType, attributes.outputShape(geometry))
        guard output.elementCount > 0 else { return }
        guard filter.elementCount > 0 else {
            throw .invalidArgument("filter must not have zero elements (i.e. all dimensions must be non-zero)")
        }
        let wideInput = try Element.widened(input, in: context)
        let filterValues = if let wideFilter { wideFilter } else { try Element.widened(filter, in: context) }
        let wideOutput = Element.isNarrow ? try context.allocateTemporary(Wide.dataType, output.shape) : output
        try Convolution<Wide>(geometry, isChannelsFirst: attributes.isChannelsFirst).run(
            input: wideInput.pointer(Wide.self), filter: filterValues.pointer(Wide.self),
            output: wideOutput.pointer(Wide.self), in: context)
        guard Element.isNarrow else { return }
        Element.narrow(
            wideOutput.pointer(Wide.self), to: output.pointer(Element.self), count: output.elementCount)
    }
}

extension WindowAttributes {
    /// The sizes of a convolution. Throws INVALID_ARGUMENT with TensorFlow's texts if the shapes do not fit.
    fileprivate func geometry(
        input: TensorShape, filter: TensorShape, spatialRank: Int
    ) throws(Status) -> ConvolutionGeometry {
        let rank = spatialRank + 2
        guard input.rank == rank else {
            throw .invalidArgument(
                spatialRank == 2 ? "convolution input must be 4-dimensional: \(input)" : "input must be 5-dimensional")
        }
        guard filter.rank == rank else {
            throw .invalidArgument(
                spatialRank == 2
                    ? "convolution filter must be 4-dimensional: \(filter)" : "filter must be 5-dimensional")
        }
        let channels = isChannelsFirst ? input[1] : input[rank - 1]
        let filterInputs = filter[rank - 2]
        guard filterInputs > 0 else {
            throw .invalidArgument("filter depth must be stricly positive, got \(filterInputs)")
        }
        guard channels % filterInputs == 0 else {
            throw .invalidArgument(
                "\(spatialRank == 2 ? "input" : "Input") depth must be evenly divisible by filter depth: "
                    + "\(channels) vs \(filterInputs)")
        }
        let groups = max(1, channels / filterInputs)
        guard filter[rank - 1] % groups == 0 else {
            throw .invalidArgument(
                "output depth must be evenly divisible by number of groups: \(filter[rank - 1]) vs \(groups)")
        }
        let start = isChannelsFirst ? 2 : 1
        var axes: [WindowAxis] = []
        for index in 0..<spatialRank {
            axes.append(try axis(index, input: input[start + index], window: filter[index]))
        }
        return ConvolutionGeometry(
            batch: input[0], depth: spatialRank == 3 ? axes[0] : .trivial, height: axes[spatialRank - 2],
            width: axes[spatialRank - 1], inputChannels: channels, outputChannels: filter[rank - 1], groups: groups)
    }

    fileprivate func outputShape(_ geometry: ConvolutionGeometry) -> TensorShape {
        var sizes = spatialRank == 3 ? [geometry.depth.output] : []
        sizes += [geometry.height.output, geometry.width.output]
        sizes.insert(geometry.outputChannels, at: isChannelsFirst ? 0 : sizes.count)
        return TensorShape([geometry.batch] + sizes)
    }
}
