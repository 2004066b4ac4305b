import Compiler
import Execution
import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

/// Softmax that is written as its formula becomes one op with the same numbers.
@Suite struct SoftmaxPatternTests {
    /// The formula along `axis`.
    private func graph(isLogarithm: Bool, axis: Int32, keeps: Bool = true) -> Graph {
        var graph = Graph()
        func add(_ name: String, _ op: String, _ inputs: [Int], _ attributes: [String: Attribute] = [:]) -> Int {
            let all = attributes.merging(["T": .type(.float)]) { $1 }
            return graph.add(
                Node(name: name, op: op, inputs: inputs.map { OutletID(node: $0) }, attributes: Attributes(all)))
        }
        let x = add("x", "Placeholder", [], ["dtype": .type(.float)])
        let axes = add("axes", "Const", [], ["value": .tensor(Tensor([axis])), "dtype": .type(.int32)])
        let reduction: [String: Attribute] = ["keep_dims": .bool(keeps), "Tidx": .type(.int32)]
        let difference = add("difference", "Sub", [x, add("top", "Max", [x, axes], reduction)])
        let power = add("power", "Exp", [difference])
        let sum = add("sum", "Sum", [power, axes], reduction)
        _ =
            isLogarithm
            ? add("result", "Sub", [difference, add("logarithm", "Log", [sum])])
            : add("result", "RealDiv", [power, sum])
        return graph
    }

    private func program(_ graph: Graph, _ shape: PartialShape, fused: Bool) throws(Status) -> Program {
        var options = GraphCompiler.Options()
        options.fusions = fused ? [.softmax] : []
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: ResourceStore(), options: options)
        return try compiler.compile(
            try compiler.prepare(graph, feeds: [("x", TensorFact(.float, shape))], fetches: ["result"]))
    }

    @Test(arguments: [false, true], [Int32(-1), 2])
    func formulaAlongTheLastDimensionIsOneOp(isLogarithm: Bool, axis: Int32) throws {
        var random = Seeded(state: 3)
        let formula = graph(isLogarithm: isLogarithm, axis: axis)
        let shape = PartialShape([-1, 3, -1])
        let (fused, plain) = (try program(formula, shape, fused: true), try program(formula, shape, fused: false))
        #expect(fused.steps.map(\.op) == [isLogarithm ? "LogSoftmax" : "Softmax"])
        for shape in [[2, 3, 37], [1, 3, 1], [0, 3, 5], [4, 3, 1000]] as [TensorShape] {
            let numbers = (0..<shape.elementCount).map { _ in Float(Int.random(in: -800...800, using: &random)) / 100 }
            let x = Tensor(numbers, shape: shape)
            let expected = try plain.run([x], in: ExecutionContext())[0]
            let result = try fused.run([x], in: ExecutionContext())[0]
            let difference = TensorComparison(tolerance: 1e-5).difference(result, expected)
            #expect(difference == nil, "\(shape): \(difference ?? "")")
        }
    }

    @Test func otherDimensionsAndUnknownRanksStay() throws {
        let other = try program(graph(isLogarithm: false, axis: 0), PartialShape([3, 4]), fused: true)
        #expect(other.steps.count == 5)
        let unknown = try program(graph(isLogarithm: false, axis: 1), .unknown, fused: true)
        #expect(unknown.steps.count == 5)
    }
}
