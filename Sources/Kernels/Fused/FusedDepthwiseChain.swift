import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// A `DepthwiseConv2dNative` of `Float` pictures with the convolutions of single pixels around it that only it reads and that alone read
/// it; see `DepthwiseChainPart` and `DepthwiseChainStage`.
let fusedDepthwiseChainOps: [OpDefinition] = [
    OpDefinition(
        "FusedDepthwiseChain",
        infer: { (facts) throws(Status) in
            guard let last = try DepthwiseChainStage.stages(of: facts).last else {
                throw .invalidArgument("a chain of convolutions without any")
            }
            return [last.result]
        },
        makeKernel: { (construction) throws(Status) in
            try RefusingKernel.unlessTooLarge { () throws(Status) in try DepthwiseChainKernel(construction) }
        })
]

private final class DepthwiseChainKernel: Kernel {
    private let expansion: PointwiseStage?
    private let attributes: WindowAttributes
    private let filter: Tensor
    private let bias: Tensor?
    private let activation: Activation
    private let projection: PointwiseStage?
    private let residualInput: Int?
    let packedInputs: [Int]

    init(_ construction: KernelConstruction) throws(Status) {
        let stages = try DepthwiseChainStage.stages(of: construction.facts)
        guard let depthwise = stages.first(where: { $0.part == .depthwise }),
            let filter = try construction.input(depthwise.filterInput).constant, filter.dataType == .float,
            filter.shape.rank == 4, filter.shape[3] == 1, filter.elementCount > 0
        else { throw .invalidArgument("a chain of convolutions needs a constant depthwise filter") }
        var pointwise: [DepthwiseChainPart: PointwiseStage] = [:]
        for stage in stages where stage.part != .depthwise {
            pointwise[stage.part] = try PointwiseStage(stage, of: construction)
        }
        expansion = pointwise[.expansion]
        projection = pointwise[.projection]
        attributes = try WindowAttributes(depthwise.facts.attributes, spatialRank: 2)
        self.filter = filter
        bias = try depthwise.bias(construction, channels: filter.shape[2])
        activation = depthwise.activation
        residualInput = stages.last?.residualInput
        packedInputs = stages.filter { $0.part != .depthwise }.map(\.filterInput)
        guard expansion.map({ $0.outputChannels == filter.shape[2] }) ?? true,
            projection.map({ $0.inputChannels == filter.shape[2] }) ?? true, !attributes.isChannelsFirst
        else { throw .invalidArgument("the convolutions of a chain do not fit each other") }
    }

    var weightReductions: [WeightReduction] { [expansion, projection].compactMap { $0?.weightReduction } }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let geometry = try self.geometry(context.input(0).shape)
        let shape = try TensorShape.checked([
            geometry.batch, geometry.height.output, geometry.width.output,
            projection?.outputChannels ?? geometry.channels,
        ])
        let output: Tensor
        var residual: UnsafePointer<Float>?
        if let residualInput {
            guard context.input(residualInput).shape == shape else {
                throw .invalidArgument("Incompatible shapes: \(shape) vs. \(context.input(residualInput).shape)")
            }
            output = try context.allocateOutput(0, .float, shape, reusing: residualInput..<residualInput + 1)
            residual = UnsafePointer(context.input(residualInput).pointer(Float.self))
        } else {
            output = try context.allocateOutput(0, .float, shape)
        }
        guard shape.elementCount > 0 else { return }
        let job = DepthwiseChainJob(
            expansion: expansion, geometry: geometry, operands: operands, projection: projection,
            input: context.input(0).pointer(Float.self), residual: residual, output: output.pointer(Float.self))
        try job.run(in: context)
    }

    /// Those of the depthwise convolution but for what it reads and writes.
    private var operands: WindowLines.Operands {
        // Both are set for each band.
        let anywhere = filter.pointer(Float.self)
        var operands = WindowLines.Operands(input: anywhere, output: anywhere)
        operands.filter = UnsafePointer(anywhere)
        operands.bias = bias.map { UnsafePointer($0.pointer(Float.self)) }
        operands.activation = activation
        return operands
    }

    /// The sizes of the depthwise convolution. Throws if the chain was not made for the input; the nodes that it stands for then
    /// find the words.
    private func geometry(_ input: TensorShape) throws(Status) -> DepthwiseGeometry {
        guard input.rank == 4, input[3] == expansion?.inputChannels ?? filter.shape[2] else {
            throw .invalidArgument("a chain of convolutions that was not made for an input of shape \(input)")
        }
        return DepthwiseGeometry(
            batch: input[0], height: try attributes.axis(0, input: input[1], window: filter.shape[0]),
            width: try attributes.axis(1, input: input[2], window: filter.shape[1]), channels: filter.shape[2],
            multiplier: 1)
    }

    func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double? {
        guard let input = inputs.first?.shape, let geometry = try? geometry(input) else { return nil }
        return DepthwiseChainWork(geometry, expansion: expansion, projection: projection).operations
    }
}
