import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// `LRNGrad`: the gradient of `LRN` by its input.
let localResponseGradientOps: [OpDefinition] = [
    OpDefinition("LRNGrad", infer: Inference.sameAsInput) { (construction) throws(Status) in
        try construction.facts.requireOneType(0..<3)
        return switch try construction.input(0).dataType {
        case .float: try specialized(LocalResponseGradientKernel<Float>(construction))
        case .half: try specialized(LocalResponseGradientKernel<Half>(construction))
        case .bfloat16: try specialized(LocalResponseGradientKernel<BFloat16>(construction))
        case let other: throw construction.unsupported(other)
        }
    }
]

private final class LocalResponseGradientKernel<Element: RealElement>: Kernel where Element.Wide == Float {
    private let response: LocalResponse

    init(_ construction: KernelConstruction) throws(Status) {
        response = try LocalResponse(construction.attributes)
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (gradients, images, results) = (context.input(0), context.input(1), context.input(2))
        guard gradients.shape.rank == 4, images.shape.rank == 4 else {
            throw .invalidArgument("inputs must be 4-dimensional")
        }
        guard gradients.shape == images.shape, results.shape == images.shape else {
            throw .invalidArgument("input_grads, input_image, and out_image should have the same shape")
        }
        let output = try context.allocateOutput(0, Element.dataType, images.shape)
        guard images.elementCount > 0 else { return }
        let channels = images.shape[3]
        let sums = try context.allocateTemporary(.float, images.shape).pointer(Float.self)
        let (dy, x) = (gradients.pointer(Element.self), images.pointer(Element.self))
        let (y, dx) = (results.pointer(Element.self), output.pointer(Element.self))
        context.parallelFor(images.elementCount / channels, cost: Double(channels) * 30) { [self] places in
            for place in places {
                let start = place &* channels
                spread(dy + start, x + start, y + start, sums + start, channels)
                for channel in start..<start &+ channels { dx[channel] = Element(wide: sums[channel]) }
            }
        }
    }

    /// Adds up what the gradients of a place give to each of its channels.
    private func spread(
        _ dy: UnsafePointer<Element>, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>,
        _ sums: UnsafeMutablePointer<Float>, _ channels: Int
    ) {
        let response = response
        sums.update(repeating: 0, count: channels)
        for channel in 0..<channels {
            let neighbours = response.neighbours(of: channel, count: channels)
            var squares: Float = 0
            for index in neighbours { squares += x[index].wide * x[index].wide }
            let norm = response.norm(squares: squares)
            let common = -2 * response.alpha * response.beta * y[channel].wide / norm
            let gradient = dy[channel].wide
            for index in neighbours { sums[index] += common * x[index].wide * gradient }
            sums[channel] += powf(norm, -response.beta) * gradient
        }
    }
}
