import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `ScaleShift`: `activation(x * scale + shift)` with constants for each channel, which is the last dimension. Attributes:
/// those of an activation, and `minimum_rank` and `maximum_rank` of `x`; it throws for other ranks and other channels.
let scaleShiftOps: [OpDefinition] = [
    OpDefinition("ScaleShift", infer: Inference.sameAsInput) { (construction) throws(Status) in
        try ScaleShiftKernel(construction)
    }
]

private final class ScaleShiftKernel: Kernel {
    private let ranks: ClosedRange<Int>
    private let activation: Activation

    init(_ construction: KernelConstruction) throws(Status) {
        let attributes = construction.attributes
        activation = try Activation(attributes)
        let low = try attributes.int("minimum_rank", default: 1)
        ranks = max(1, low)...max(1, low, try attributes.int("maximum_rank", default: TensorShape.maximumRank))
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let channels = context.input(1).elementCount
        guard ranks.contains(shape.rank), shape[shape.rank - 1] == channels, context.input(2).elementCount == channels
        else {
            throw .invalidArgument("\(channels) channels of ranks \(ranks) expected, got \(shape)")
        }
        let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1)
        guard shape.elementCount > 0 else { return }
        let source = UnsafePointer(context.input(0).pointer(Float.self))
        let target = output.pointer(Float.self)
        let scale = UnsafePointer(context.input(1).pointer(Float.self))
        let shift = UnsafePointer(context.input(2).pointer(Float.self))
        let activation = activation
        context.parallelFor(shape.elementCount / channels, cost: Double(channels)) { rows in
            for row in rows {
                let start = row &* channels
                for channel in 0..<channels {
                    target[start &+ channel] = source[start &+ channel] * scale[channel] + shift[channel]
                }
            }
            VectorKernels.current.activate(activation, target + rows.lowerBound &* channels, rows.count &* channels)
        }
    }
}
