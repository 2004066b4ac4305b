import Execution
import Graphs
import ServingCore
import Tensors

/// `MaxPool`, `MaxPoolV2`, `AvgPool`, `MaxPool3D` and `AvgPool3D`. Padding counts neither for the maximum nor for the mean.
let poolingOps: [OpDefinition] = [
    OpDefinition(
        "MaxPool", infer: { (facts) throws(Status) in [try inferPooling(facts, 2)] }, makeKernel: makeMaxPool2D),
    OpDefinition(
        "MaxPoolV2", infer: { (facts) throws(Status) in [try inferPooling(facts, 2)] }, makeKernel: makeMaxPool2D),
    OpDefinition("AvgPool", infer: { (facts) throws(Status) in [try inferPooling(facts, 2)] }) {
        (construction) throws(Status) in try makeAveragePool(construction, spatialRank: 2)
    },
    OpDefinition("MaxPool3D", infer: { (facts) throws(Status) in [try inferPooling(facts, 3)] }) {
        (construction) throws(Status) in
        switch try construction.input(0).dataType {
        case .float: try specialized(PoolingKernel<Float, MaximumPooling>(construction, spatialRank: 3))
        case .double: try specialized(PoolingKernel<Double, MaximumPooling>(construction, spatialRank: 3))
        case .half: try specialized(PoolingKernel<Half, MaximumPooling>(construction, spatialRank: 3))
        case .bfloat16: try specialized(PoolingKernel<BFloat16, MaximumPooling>(construction, spatialRank: 3))
        case let other: throw construction.unsupported(other)
        }
    },
    OpDefinition("AvgPool3D", infer: { (facts) throws(Status) in [try inferPooling(facts, 3)] }) {
        (construction) throws(Status) in try makeAveragePool(construction, spatialRank: 3)
    },
]

private func inferPooling(_ facts: NodeFacts, _ spatialRank: Int) throws(Status) -> TensorFact {
    let input = try facts.input(0)
    guard let attributes = try? WindowAttributes(facts.attributes, spatialRank: spatialRank),
        let window = try? facts.attributes.ints("ksize"), window.count == spatialRank + 2
    else {
        var sizes = [Int](repeating: -1, count: spatialRank + 2)
        sizes[0] = input.shape.size(0) ?? -1
        return TensorFact(input.dataType, PartialShape(sizes))
    }
    let channel = attributes.isChannelsFirst ? 1 : spatialRank + 1
    let spatial = WindowAttributes.spatialPositions(
        isChannelsFirst: attributes.isChannelsFirst, spatialRank: spatialRank)
    return TensorFact(
        input.dataType,
        PartialShape(
            attributes.inferredSizes(
                input.shape, windows: spatial.map { window[$0] },
                channels: window[channel] == 1 ? input.shape.size(channel) : nil)))
}

private let makeMaxPool2D: OpDefinition.Construction = { (construction) throws(Status) in
    switch try construction.input(0).dataType {
    case .float: try specialized(PoolingKernel<Float, MaximumPooling>(construction, spatialRank: 2))
    case .double: try specialized(PoolingKernel<Double, MaximumPooling>(construction, spatialRank: 2))
    case .half: try specialized(PoolingKernel<Half, MaximumPooling>(construction, spatialRank: 2))
    case .bfloat16: try specialized(PoolingKernel<BFloat16, MaximumPooling>(construction, spatialRank: 2))
    case .int8: try specialized(PoolingKernel<Int8, MaximumPooling>(construction, spatialRank: 2))
    case .int16: try specialized(PoolingKernel<Int16, MaximumPooling>(construction, spatialRank: 2))
    case .int32: try specialized(PoolingKernel<Int32, MaximumPooling>(construction, spatialRank: 2))
    case .int64: try specialized(PoolingKernel<Int64, MaximumPooling>(construction, spatialRank: 2))
    case .uint8: try specialized(PoolingKernel<UInt8, MaximumPooling>(construction, spatialRank: 2))
    case .uint16: try specialized(PoolingKernel<UInt16, MaximumPooling>(construction, spatialRank: 2))
    case let other: throw construction.unsupported(other)
    }
}

private func makeAveragePool(_ construction: KernelConstruction, spatialRank: Int) throws(Status) -> any Kernel {
    switch try construction.input(0).dataType {
    case .float: return try specialized(PoolingKernel<Float, MeanPooling>(construction, spatialRank: spatialRank))
    case .double: return try specialized(PoolingKernel<Double, MeanPooling>(construction, spatialRank: spatialRank))
    case .half: return try specialized(PoolingKernel<Half, MeanPooling>(construction, spatialRank: spatialRank))
    case .bfloat16: return try specialized(PoolingKernel<BFloat16, MeanPooling>(construction, spatialRank: spatialRank))
    case let other: throw construction.unsupported(other)
    }
}

private final class PoolingKernel<Element: PoolingElement, Rule: PoolingRule>: Kernel {
    /// The plan if window and strides are known while loading; for `MaxPoolV2` they may be inputs.
    private let plan: PoolingPlan?
    private let makePlan: @Sendable ([Int], [Int]) throws(Status) -> PoolingPlan

    init(_ construction: KernelConstruction, spatialRank: Int) throws(Status) {
        makePlan = { (window, strides) throws(Status) in
            try PoolingPlan(construction, spatialRank: spatialRank, window: window, strides: strides)
        }
        if construction.node.op == "MaxPoolV2" {
            let window = try construction.facts.constantIntegers(1)
            let strides = try construction.facts.constantIntegers(2)
            if let window, let strides { plan = try makePlan(window, strides) } else { plan = nil }
        } else {
            plan = try makePlan(
                try construction.attributes.ints("ksize"), try construction.attributes.ints("strides"))
        }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let plan: PoolingPlan
        if let known = self.plan {
            plan = known
        } else {
            plan = try makePlan(context.input(1).integers ?? [], context.input(2).integers ?? [])
        }
        let input = context.input(0)
        let (geometry, shape) = try plan.geometry(input.shape)
        let output = try context.allocateOutput(0, Element.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let values = try Element.pooled(input, in: context)
        let result =
            Element.isPooledWide
            ? try context.allocateTemporary(Element.Pooled.dataType, shape) : output
        geometry.run(
            Element.self, Rule.self, input: values.pointer(Element.Pooled.self),
            output: result.pointer(Element.Pooled.self),
            in: context)
        guard Element.isPooledWide else { return }
        Element.unpool(result.pointer(Element.Pooled.self), to: output.pointer(Element.self), count: shape.elementCount)
    }
}

/// Window, strides and padding of a pooling op.
struct PoolingPlan: Sendable {
    private let attributes: WindowAttributes
    private let spatialWindow: [Int]
    /// The window along the channels if the op pools over them instead of over places.
    private let channelWindow: Int
    private let op: String

    /// False if the op pools over channels.
    var poolsPlaces: Bool { channelWindow == 1 }

    /// Checks window and strides, with TensorFlow's texts.
    init(_ construction: KernelConstruction, spatialRank: Int, window: [Int], strides: [Int]) throws(Status) {
        op = construction.node.op
        let rank = spatialRank + 2
        guard window.count == rank else {
            throw .invalidArgument("Sliding window ksize field must specify \(rank) dimensions")
        }
        guard strides.count == rank else {
            throw .invalidArgument("Sliding window stride field must specify \(rank) dimensions")
        }
        guard window.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
            throw .invalidArgument(
                "Sliding window ksize must be positive. The specified or inferred ksize is: "
                    + window.map(String.init).joined(separator: ","))
        }
        if let bad = strides.first(where: { $0 <= 0 || $0 > Int(Int32.max) }) {
            throw .invalidArgument("Stride must be > 0, but got \(bad)")
        }
        let format = try construction.attributes.string("data_format", default: "NHWC")
        let channelAxis = format.hasPrefix("NC") ? 1 : rank - 1
        guard window[0] == 1, strides[0] == 1 else {
            throw .unimplemented("Pooling is not yet supported on the batch dimension.")
        }
        var spatialStrides = strides
        channelWindow = window[channelAxis]
        if channelWindow > 1 {
            spatialStrides[channelAxis] = 1
            try PoolingPlan.checkChannelPooling(op, window, strides, channelAxis)
        }
        attributes = try WindowAttributes(construction, spatialRank: spatialRank, strides: spatialStrides)
        spatialWindow = Array(
            window[
                WindowAttributes.spatialPositions(
                    isChannelsFirst: attributes.isChannelsFirst, spatialRank: spatialRank)])
    }

    private static func checkChannelPooling(
        _ op: String, _ window: [Int], _ strides: [Int], _ channelAxis: Int
    ) throws(Status) {
        let others = window.indices.filter { $0 != channelAxis }
        guard others.allSatisfy({ window[$0] == 1 }) else {
            throw .unimplemented(
                "MaxPooling supports exactly one of pooling across depth or pooling across width/height.")
        }
        guard op.hasPrefix("MaxPool"), window.count == 4, channelAxis == 3 else {
            throw .unimplemented("Non-spatial pooling is not yet supported. Volunteers? :)")
        }
        guard window[channelAxis] == strides[channelAxis] else {
            throw .unimplemented("Depthwise max pooling requires the depth window to equal the depth stride.")
        }
    }

    /// The loops for an input of shape `input`, and the shape of the output.
    func geometry(_ input: TensorShape) throws(Status) -> (PoolingGeometry, TensorShape) {
        let spatialRank = attributes.spatialRank
        guard input.rank == spatialRank + 2 else {
            throw .invalidArgument(
                spatialRank == 2
                    ? "tensor_in_shape must have 2 spatial dimensions. \(input.rank) \(attributes.isChannelsFirst ? 1 : 0)"
                    : "tensor_in must be 5-dimensional")
        }
        var shape = input
        if channelWindow > 1 {
            guard input[3] % channelWindow == 0 else {
                throw .unimplemented(
                    "Depthwise max pooling requires the depth window to evenly divide the input depth.")
            }
            shape[3] = input[3] / channelWindow
            let axis = WindowAxis(
                input: input[3], window: channelWindow, stride: channelWindow, dilation: 1, before: 0, output: shape[3])
            return (
                PoolingGeometry(
                    images: input.product(0..<3), depth: .trivial, height: .trivial, width: axis, channels: 1), shape
            )
        }
        let start = attributes.isChannelsFirst ? 2 : 1
        var axes = InlineArray<3, WindowAxis>(repeating: .trivial)
        for index in 0..<spatialRank {
            axes[index] = try attributes.axis(index, input: input[start + index], window: spatialWindow[index])
            shape[start + index] = axes[index].output
        }
        let isFirst = attributes.isChannelsFirst
        return (
            PoolingGeometry(
                images: isFirst ? input.product(0..<2) : input[0], depth: spatialRank == 3 ? axes[0] : .trivial,
                height: axes[spatialRank - 2], width: axes[spatialRank - 1],
                channels: isFirst ? 1 : input[spatialRank + 1]), shape
        )
    }
}
