import Execution
import Graphs
import ServingCore
import Tensors

/// `Einsum` with one or two operands, and `XlaEinsum` with two. Two operands become one batch of matrix products; an operand is copied only if its
/// dimensions do not lie in memory as rows and columns.
let einsumOps: [OpDefinition] = ["Einsum", "XlaEinsum"].map { name in
    OpDefinition(
        name, infer: { (facts) throws(Status) in [try inferEinsum(facts)] },
        makeKernel: { (construction) throws(Status) in
            switch try construction.input(0).dataType {
            case .float:
                try PackedEinsumKernel.make(
                    construction, else: specialized(try EinsumKernel<Float>(construction)))
            case .double: try specialized(EinsumKernel<Double>(construction))
            case .half: try specialized(EinsumKernel<Half>(construction))
            case .bfloat16: try specialized(EinsumKernel<BFloat16>(construction))
            case .int32: try specialized(EinsumKernel<Int32>(construction))
            case .int64: try specialized(EinsumKernel<Int64>(construction))
            case .complex64: try specialized(EinsumKernel<Complex<Float>>(construction))
            case .complex128: try specialized(EinsumKernel<Complex<Double>>(construction))
            case let other: throw construction.unsupported(other)
            }
        })
}

private func inferEinsum(_ facts: NodeFacts) throws(Status) -> TensorFact {
    let type = try facts.input(0).dataType
    let equation = try EinsumEquation(try facts.attributes.string("equation"), inputCount: facts.inputs.count)
    guard equation.output.ellipsis == nil else { return TensorFact(type) }
    var sizes: [UInt8: Int] = [:]
    for (input, fact) in zip(equation.inputs, facts.inputs) where input.ellipsis == nil {
        guard let dimensions = fact.shape.dimensions, dimensions.count == input.letters.count else { continue }
        for (letter, size) in zip(input.letters, dimensions) where size >= 0 { sizes[letter] = size }
    }
    return TensorFact(type, PartialShape(equation.output.letters.map { sizes[$0] ?? -1 }))
}

private final class EinsumKernel<Element: MatrixElement>: Kernel where Element.Wide: Summable {
    private typealias Wide = Element.Wide
    private typealias Label = EinsumEquation.Label
    private let equation: EinsumEquation

    init(_ construction: KernelConstruction) throws(Status) {
        try Element.Wide.prepareProducts()
        equation = try EinsumEquation(
            try construction.attributes.string("equation"), inputCount: construction.facts.inputs.count)
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        var inputs: [Tensor] = []
        for index in equation.inputs.indices { inputs.append(context.input(index)) }
        var labels: [[Label]] = []
        for (index, input) in inputs.enumerated() {
            labels.append(try equation.labels(ofInput: index, rank: input.shape.rank))
        }
        let sizes = try EinsumSizes(inputs.map { $0.shape }, labels)
        let outputLabels = try equation.outputLabels(broadcastCount: sizes.broadcastCount)
        let shape = try TensorShape.checked(outputLabels.map { sizes[$0] })
        let output = try context.allocateOutput(0, Element.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let result = Element.isNarrow ? try context.allocateTemporary(Wide.dataType, shape) : output
        let target = EinsumOperand(shape, labels: outputLabels)
        let pointer = result.pointer(Wide.self)
        // A label that stands several times in the output fills only a diagonal.
        if target.elementCount < shape.elementCount {
            pointer.update(repeating: Wide.zero, count: shape.elementCount)
        }
        var operands: [(EinsumOperand, Tensor)] = []
        for (input, labels) in zip(inputs, labels) {
            operands.append((EinsumOperand(input.shape, labels: labels), try Element.widened(input, in: context)))
        }
        if inputs.contains(where: { $0.elementCount == 0 }) {
            pointer.update(repeating: Wide.zero, count: shape.elementCount)
        } else if operands.count == 1 {
            reduce(operands[0].0, operands[0].1.pointer(Wide.self), to: target, pointer)
        } else {
            let contraction = EinsumContraction<Wide>(operands[0].0, operands[1].0, target)
            try contraction.run(
                operands[0].1.pointer(Wide.self), operands[1].1.pointer(Wide.self), pointer, in: context)
        }
        guard Element.isNarrow else { return }
        Element.narrow(pointer, to: output.pointer(Element.self), count: shape.elementCount)
    }

    private func reduce(
        _ source: EinsumOperand, _ elements: UnsafePointer<Wide>, to target: EinsumOperand,
        _ result: UnsafeMutablePointer<Wide>
    ) {
        let kept = source.axes(target.axes.map { $0.label })
        let summed = source.axes.filter { target.axis($0.label) == nil }
        EinsumGather<Wide>(kept: kept, summed: summed).run(elements, to: result, steps: target.axes.map { $0.stride })
    }
}

/// The size of each label, gathered from the inputs.
private struct EinsumSizes {
    private var sizes: [EinsumEquation.Label: Int] = [:]
    private(set) var broadcastCount = 0

    /// Throws INVALID_ARGUMENT with TensorFlow's texts if sizes contradict each other.
    init(_ shapes: [TensorShape], _ labels: [[EinsumEquation.Label]]) throws(Status) {
        for (shape, labels) in zip(shapes, labels) {
            for (index, label) in labels.enumerated() {
                if case .broadcast(let place) = label { broadcastCount = max(broadcastCount, place + 1) }
                let size = shape[index]
                guard let known = sizes[label], known != size else {
                    sizes[label] = size
                    continue
                }
                if case .broadcast = label {
                    guard known == 1 || size == 1 else {
                        throw .invalidArgument(
                            "Invalid broadcasting dimensions: "
                                + shapes.map { $0.description }.joined(separator: " vs. "))
                    }
                    sizes[label] = known == 1 ? size : known
                } else {
                    throw .invalidArgument(
                        "Expected dimension \(known) at axis \(index) of the input shaped \(shape) "
                            + "but got dimension \(size)")
                }
            }
        }
    }

    subscript(label: EinsumEquation.Label) -> Int { sizes[label] ?? 1 }
}
