import Compiler
import Execution
import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

/// Chains of element-wise ops as one node give the same bits as one by one, however their inputs are broadcast.
@Suite struct ElementwiseGroupTests {
    private static let type: [String: Attribute] = ["T": .type(.float)]

    /// `sigmoid(y) * y - b`, where `y = tanh(a * b + c)`.
    private func chain() -> Graph {
        var graph = Graph()
        func add(_ name: String, _ op: String, _ inputs: [Int]) -> Int {
            let attributes = op == "Placeholder" ? ["dtype": .type(.float)] : Self.type
            return graph.add(
                Node(
                    name: name, op: op, inputs: inputs.map { OutletID(node: $0) }, attributes: Attributes(attributes)))
        }
        let (a, b, c) = (add("a", "Placeholder", []), add("b", "Placeholder", []), add("c", "Placeholder", []))
        let y = add("y", "Tanh", [add("sum", "AddV2", [add("product", "Mul", [a, b]), c])])
        _ = add("result", "Sub", [add("swish", "Mul", [add("sigmoid", "Sigmoid", [y]), y]), b])
        return graph
    }

    private func program(_ shapes: [PartialShape], fused: Bool) throws(Status) -> Program {
        var options = GraphCompiler.Options()
        options.fusions = fused ? [.elementwise] : []
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: ResourceStore(), options: options)
        let feeds = zip(["a", "b", "c"], shapes).map { (tensorName: $0, fact: TensorFact(.float, $1)) }
        return try compiler.compile(try compiler.prepare(chain(), feeds: feeds, fetches: ["result"]))
    }

    private func tensor(_ shape: [Int], _ random: inout Seeded) -> Tensor {
        let shape = TensorShape(shape)
        return Tensor(
            (0..<shape.elementCount).map { _ in Float(Int.random(in: -300...300, using: &random)) / 100 }, shape: shape)
    }

    @Test(arguments: [
        [[7], [7], [7]], [[2, 3, 700], [700], [2, 3, 700]], [[5, 7, 9, 33], [5, 1, 1, 33], [33]],
        [[300, 70], [300, 1], [70]], [[4, 5], [4, 1], [5]], [[2000], [1], []], [[3, 1500], [1500], [3, 1]],
        [[3, 1500], [1500], [3, 1500]], [[2, 4, 1030, 3], [2, 1, 1030, 3], [3]],
        [[6, 100, 8], [6, 100, 1], [100, 8]],
        [[9, 2048], [1, 1], [2048]], [[1], [1], [1]], [[], [], []], [[0, 5], [5], [1]], [[3, 1, 5], [5], [3, 1, 1]],
        [[1, 6, 1], [6, 1], [1, 1, 1]],
    ])
    func resultsAreThoseOfTheSingleOps(shapes: [[Int]]) throws {
        var random = Seeded(state: 5)
        let known = shapes.map { PartialShape($0) }
        let (fused, plain) = (try program(known, fused: true), try program(known, fused: false))
        #expect(fused.steps.map(\.op) == ["FusedElementwise"])
        #expect(plain.steps.count == 6)
        let inputs = shapes.map { tensor($0, &random) }
        let expected = try plain.run(inputs, in: ExecutionContext())[0]
        let pool = ExecutionContext()
        for _ in 0..<2 {
            let result = try fused.run(inputs, in: pool)[0]
            #expect(result.shape == expected.shape)
            #expect(result.array(Float.self) == expected.array(Float.self))
        }
    }

    @Test func sizesThatAreUnknownAreTakenFromTheRun() throws {
        var random = Seeded(state: 6)
        let known = [PartialShape([-1, -1]), PartialShape([-1, -1]), PartialShape([-1, -1])]
        let (fused, plain) = (try program(known, fused: true), try program(known, fused: false))
        #expect(fused.steps.count < plain.steps.count)
        for shapes in [[[3, 4], [3, 4], [3, 4]], [[1, 4], [3, 1], [1, 1]], [[1, 1], [1, 1], [5, 1200]]] {
            let inputs = shapes.map { tensor($0, &random) }
            let expected = try plain.run(inputs, in: ExecutionContext())[0]
            let result = try fused.run(inputs, in: ExecutionContext())[0]
            #expect(result.shape == expected.shape)
            #expect(result.array(Float.self) == expected.array(Float.self))
        }
    }

    @Test func shapesThatDoNotFitFailWithTheText() throws {
        var random = Seeded(state: 7)
        let known = [PartialShape([-1, -1]), PartialShape([-1, -1]), PartialShape([-1, -1])]
        let inputs = [[3, 4], [3, 4], [3, 5]].map { tensor($0, &random) }
        let fused = try program(known, fused: true)
        let error = #expect(throws: Status.self) { try fused.run(inputs, in: ExecutionContext()) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("Incompatible shapes: [3,4] vs. [3,5]") == true)
    }

    @Test func valuesThatOthersReadStay() throws {
        var graph = chain()
        let product = graph.nodes.firstIndex { $0.name == "product" }!
        _ = graph.add(
            Node(name: "other", op: "Identity", inputs: [OutletID(node: product)], attributes: Attributes(Self.type)))
        var options = GraphCompiler.Options()
        options.fusions = [.elementwise]
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: ResourceStore(), options: options)
        let feeds = ["a", "b", "c"].map { (tensorName: $0, fact: TensorFact(.float, PartialShape([4]))) }
        let program = try compiler.compile(try compiler.prepare(graph, feeds: feeds, fetches: ["result", "other"]))
        #expect(program.steps.map(\.op).sorted() == ["FusedElementwise", "Mul"])
    }
}
