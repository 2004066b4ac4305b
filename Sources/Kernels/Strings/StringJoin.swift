import Execution
import Graphs
import ServingCore
import Tensors

/// `StringJoin`: the elements of all inputs at the same place, with a separator between them; scalars go everywhere.
let stringJoinOps: [OpDefinition] = [
    OpDefinition("StringJoin", infer: inferJoin) { (construction) throws(Status) in
        StringJoinKernel(separator: try construction.attributes.bytes("separator", default: []))
    }
]

private let inferJoin: OpDefinition.Inference = { (facts) throws(Status) in
    if facts.inputs.contains(where: { $0.shape.dimensions == nil }) { return [TensorFact(.string)] }
    return [TensorFact(.string, facts.inputs.map { $0.shape }.first { $0.rank != 0 } ?? PartialShape([]))]
}

private final class StringJoinKernel: Kernel {
    private let separator: [UInt8]

    init(separator: [UInt8]) { self.separator = separator }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        var inputs: [Tensor] = []
        var shape = TensorShape()
        for index in 0..<context.inputCount {
            let input = context.input(index)
            inputs.append(input)
            guard input.shape.rank > 0 else { continue }
            guard shape.rank == 0 || shape == input.shape else {
                throw .invalidArgument("Input shapes do not match: \(shape) vs. \(input.shape)")
            }
            shape = input.shape
        }
        let count = shape.elementCount
        var output = try StringOutput(context, 0, shape, byteCount: byteCount(inputs, count))
        separator.withUnsafeBytes { separator in
            for place in 0..<count {
                let start = output.position
                for (index, input) in inputs.enumerated() {
                    if index > 0 { output.write(separator) }
                    output.write(input.pointer(ElementReference.self)[input.shape.rank == 0 ? 0 : place].bytes)
                }
                output.endElement(from: start)
            }
        }
    }

    /// The bytes of the result; `Int.max` if there are more.
    private func byteCount(_ inputs: [Tensor], _ count: Int) -> Int {
        var total = 0
        var overflows = false
        func add(_ bytes: Int, times: Int) {
            let (product, productOverflow) = bytes.multipliedReportingOverflow(by: times)
            let (sum, sumOverflow) = total.addingReportingOverflow(product)
            overflows = overflows || productOverflow || sumOverflow
            total = sum
        }
        for input in inputs {
            let times = input.shape.rank == 0 ? count : 1
            for element in input.elements(ElementReference.self) { add(element.count, times: times) }
        }
        if inputs.count > 1 { add(separator.count * (inputs.count - 1), times: count) }
        return overflows ? .max : total
    }
}
