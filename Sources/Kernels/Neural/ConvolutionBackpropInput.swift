import Execution
import Graphs
import ServingCore
import Tensors

/// `Conv2DBackpropInput` and `Conv3DBackpropInputV2`, which models use as transposed convolutions: the filter is
/// multiplied by each place, and the resulting patches are added up where they overlap.
let transposedConvolutionOps: [OpDefinition] = [("Conv2DBackpropInput", 2), ("Conv3DBackpropInputV2", 3)].map {
    name, spatialRank in
    OpDefinition(
        name, infer: { (facts) throws(Status) in [try inferTransposedConvolution(facts, spatialRank)] },
        makeKernel: { (construction) throws(Status) in
            switch try construction.input(2).dataType {
            case .float: try specialized(TransposedConvolutionKernel<Float>(construction, spatialRank))
            case .double: try specialized(TransposedConvolutionKernel<Double>(construction, spatialRank))
            case .half: try specialized(TransposedConvolutionKernel<Half>(construction, spatialRank))
            case .bfloat16: try specialized(TransposedConvolutionKernel<BFloat16>(construction, spatialRank))
            case .int32 where spatialRank == 2:
                try specialized(TransposedConvolutionKernel<Int32>(construction, spatialRank))
            case let other: throw construction.unsupported(other)
            }
        })
}

private func inferTransposedConvolution(_ facts: NodeFacts, _ spatialRank: Int) throws(Status) -> TensorFact {
    let type = try facts.input(2).dataType
    let sizes = try facts.constantIntegers(0) ?? []
    guard sizes.count == spatialRank + 2, sizes.allSatisfy({ $0 >= 0 }) else {
        return TensorFact(type, .unknown(rank: spatialRank + 2))
    }
    return TensorFact(type, PartialShape(sizes))
}

private final class TransposedConvolutionKernel<Element: MatrixElement>: Kernel where Element.Wide: Summable {
    private typealias Wide = Element.Wide
    private let attributes: WindowAttributes
    private let sizes: IntegerInput
    private let wideFilter: Tensor?

    init(_ construction: KernelConstruction, _ spatialRank: Int) throws(Status) {
        try Element.Wide.prepareProducts()
        attributes = try WindowAttributes(construction, spatialRank: spatialRank)
        sizes = try IntegerInput(construction, 0)
        wideFilter = Element.isNarrow ? try Element.widenedConstant(try construction.input(1).constant) : nil
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let filter = context.input(1)
        let gradient = context.input(2)
        let rank = attributes.spatialRank + 2
        let sizesRank = context.input(0).shape.rank
        guard sizesRank == 1 else {
            throw .invalidArgument("\(operation): input_sizes input must be 1-dim, not \(sizesRank)")
        }
        let shape = try outputShape(sizes.read(context), filter.shape, gradient.shape, rank)
        let geometry = try geometry(shape, filter.shape, gradient.shape, rank)
        let output = try context.allocateOutput(0, Element.dataType, shape)
        guard output.elementCount > 0 else { return }
        let result = Element.isNarrow ? try context.allocateTemporary(Wide.dataType, shape) : output
        let values = try Element.widened(gradient, in: context)
        let weights = if let wideFilter { wideFilter } else { try Element.widened(filter, in: context) }
        try TransposedConvolution<Wide>(geometry: geometry, isChannelsFirst: attributes.isChannelsFirst).run(
            gradient: values.pointer(Wide.self), filter: weights.pointer(Wide.self),
            output: result.pointer(Wide.self), in: context)
        guard Element.isNarrow else { return }
        Element.narrow(result.pointer(Wide.self), to: output.pointer(Element.self), count: output.elementCount)
    }
}

// Checks with TensorFlow's texts.
extension TransposedConvolutionKernel {
    private var operation: String { attributes.spatialRank == 2 ? "Conv2DBackpropInput" : "Conv3DBackpropInputOpV2" }
    private var prefix: String { attributes.spatialRank == 2 ? "Conv2DCustomBackpropInput" : operation }

    /// The wanted sizes; of pictures those of the two spatial dimensions are enough.
    private func outputShape(
        _ sizes: [Int], _ filter: TensorShape, _ gradient: TensorShape, _ rank: Int
    ) throws(Status) -> TensorShape {
        guard sizes.count == rank || (sizes.count == 2 && rank == 4) else {
            throw .invalidArgument(
                rank == 4
                    ? "Conv2DBackpropInput requires input_sizes to contain 4 values or 2 values, but got: \(sizes.count)"
                    : "\(operation): input_sizes must hold \(rank) values, but got: \(sizes.count)")
        }
        if sizes.count == rank {
            let shape = try TensorShape.checked(sizes)
            try checkRanks(filter, gradient, rank)
            return shape
        }
        try checkRanks(filter, gradient, rank)
        let channels = filter[rank - 2]
        return try TensorShape.checked(
            attributes.isChannelsFirst
                ? [gradient[0], channels, sizes[0], sizes[1]] : [gradient[0], sizes[0], sizes[1], channels])
    }

    private func checkRanks(_ filter: TensorShape, _ gradient: TensorShape, _ rank: Int) throws(Status) {
        guard filter.rank == rank else { throw .invalidArgument("\(prefix): filter must be \(rank)-dimensional") }
        guard gradient.rank == rank else {
            throw .invalidArgument("\(prefix): out_backprop must be \(rank)-dimensional")
        }
    }

    private func geometry(
        _ shape: TensorShape, _ filter: TensorShape, _ gradient: TensorShape, _ rank: Int
    ) throws(Status) -> ConvolutionGeometry {
        guard shape[0] == gradient[0] else {
            throw .invalidArgument(
                "\(prefix): input and out_backprop must have the same batch size. Input batch: \(shape[0]), "
                    + "outbackprop batch: \(gradient[0]), batch_dim: 0")
        }
        let channelAxis = attributes.isChannelsFirst ? 1 : rank - 1
        let channels = shape[channelAxis]
        guard filter[rank - 2] > 0, channels % filter[rank - 2] == 0 else {
            throw .invalidArgument("\(prefix): input depth must be evenly divisible by filter depth")
        }
        guard filter[rank - 1] == gradient[channelAxis] else {
            throw .invalidArgument("\(prefix): filter and out_backprop must have the same out_depth")
        }
        let groups = max(1, channels / filter[rank - 2])
        guard filter[rank - 1] % groups == 0 else {
            throw .invalidArgument(
                "\(prefix): output depth must be evenly divisible by number of groups: \(filter[rank - 1]) vs \(groups)"
            )
        }
        let start = attributes.isChannelsFirst ? 2 : 1
        var axes: [WindowAxis] = []
        for index in 0..<attributes.spatialRank {
            let axis = try attributes.axis(index, input: shape[start + index], window: filter[index])
            guard axis.output == gradient[start + index] else {
                throw .invalidArgument(
                    "\(prefix): Size of out_backprop doesn't match computed: actual = \(gradient[start + index]), "
                        + "computed = \(axis.output) spatial_dim: \(start + index) input: \(axis.input) "
                        + "filter: \(axis.window) output: \(gradient[start + index]) stride: \(axis.stride) "
                        + "dilation: \(axis.dilation)")
            }
            axes.append(axis)
        }
        return ConvolutionGeometry(
            batch: shape[0], depth: axes.count == 3 ? axes[0] : .trivial, height: axes[axes.count - 2],
            width: axes[axes.count - 1], inputChannels: channels, outputChannels: filter[rank - 1], groups: groups)
    }
}
