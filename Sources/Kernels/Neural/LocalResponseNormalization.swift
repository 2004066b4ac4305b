import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// `LRN`: each value is divided by a power of the squares of its neighbours along the last dimension.
let localResponseNormalizationOps: [OpDefinition] = [
    OpDefinition("LRN", infer: Inference.sameAsInput) { (construction) throws(Status) in
        switch try construction.input(0).dataType {
        case .float: try specialized(LocalResponseKernel<Float>(construction))
        case .half: try specialized(LocalResponseKernel<Half>(construction))
        case .bfloat16: try specialized(LocalResponseKernel<BFloat16>(construction))
        case let other: throw construction.unsupported(other)
        }
    }
]

private final class LocalResponseKernel<Element: OrderedElement>: Kernel where Element.Value == Float {
    private let response: LocalResponse

    init(_ construction: KernelConstruction) throws(Status) {
        response = try LocalResponse(construction.attributes)
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        guard input.shape.rank == 4 else { throw .invalidArgument("in must be 4-dimensional") }
        let output = try context.allocateOutput(0, Element.dataType, input.shape)
        guard input.elementCount > 0 else { return }
        let channels = input.shape[3]
        let (source, target) = (UnsafePointer(input.pointer(Element.self)), output.pointer(Element.self))
        context.parallelFor(input.elementCount / channels, cost: Double(channels) * 12) { [self] places in
            for place in places { normalize(source + place &* channels, target + place &* channels, channels) }
        }
    }

    private func normalize(_ source: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>, _ channels: Int) {
        let response = response
        for channel in 0..<channels {
            var sum: Float = 0
            for index in response.neighbours(of: channel, count: channels) {
                sum += source[index].value * source[index].value
            }
            let norm = response.norm(squares: sum)
            let factor = response.beta == 0.5 ? 1 / norm.squareRoot() : powf(norm, -response.beta)
            target[channel] = Element(narrowing: source[channel].value * factor)
        }
    }
}
