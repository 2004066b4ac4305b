import Compiler
import Execution
import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

/// A graph that is made op by op, to be run with fusions and without.
struct FusionSample {
    private(set) var graph = Graph()
    private var random = Seeded(state: 7)

    mutating func input(_ name: String) -> OutletID { node(name, "Placeholder", [], ["dtype": .type(.float)]) }

    /// A node with a name of its own.
    mutating func node(
        _ name: String, _ op: String, _ inputs: [OutletID], _ attributes: [String: Attribute] = [:]
    ) -> OutletID {
        let all = attributes.merging(["T": .type(.float)]) { given, _ in given }
        return OutletID(node: graph.add(Node(name: name, op: op, inputs: inputs, attributes: Attributes(all))))
    }

    mutating func node(_ op: String, _ inputs: [OutletID], _ attributes: [String: Attribute] = [:]) -> OutletID {
        node("\(op)_\(graph.nodes.count)", op, inputs, attributes)
    }

    mutating func constant(_ tensor: Tensor) -> OutletID {
        node("Const", [], ["value": .tensor(tensor), "dtype": .type(tensor.dataType)])
    }

    mutating func scalar(_ value: Float) -> OutletID { constant(Tensor([value], shape: [])) }

    mutating func integers(_ values: [Int32], shape: TensorShape? = nil) -> OutletID {
        constant(Tensor(values, shape: shape ?? [values.count]))
    }

    /// Random numbers between `low` and `high`.
    mutating func numbers(_ shape: TensorShape, _ range: ClosedRange<Float> = -1...1) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Float.random(in: range, using: &random) }, shape: shape)
    }

    mutating func weights(_ shape: TensorShape, _ range: ClosedRange<Float> = -1...1) -> OutletID {
        constant(numbers(shape, range))
    }

    mutating func convolution(
        _ x: OutletID, _ filter: TensorShape, padding: String = "SAME", op: String = "Conv2D"
    ) -> OutletID {
        let kernel = weights(filter)
        return node(
            "conv_\(graph.nodes.count)", op, [x, kernel],
            ["strides": .ints([1, 1, 1, 1]), "padding": .string(Array(padding.utf8))])
    }

    /// The program that computes `fetches` from the inputs `feeds`.
    func program(
        _ fetches: [OutletID], feeds: [String], _ fusions: Set<GraphCompiler.Options.Fusion>
    ) throws(Status) -> Program {
        var options = GraphCompiler.Options()
        options.fusions = fusions
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: ResourceStore(), options: options)
        let places = feeds.map { name in
            (outlet: OutletID(node: graph.nodes.firstIndex { $0.name == name }!), fact: TensorFact(.float))
        }
        return try compiler.compile(try compiler.prepare(graph, feeds: places, fetches: fetches, targets: []))
    }

    /// The ops that remain with all fusions.
    func ops(_ fetches: OutletID..., feeds: [String] = ["x"]) throws(Status) -> [String] {
        try program(fetches, feeds: feeds, Set(GraphCompiler.Options.Fusion.allCases)).steps.map(\.op)
    }

    /// Expects the same values with and without fusions, or the same error; returns that.
    @discardableResult
    func check(
        _ fetches: OutletID..., feeds: [String] = ["x"], with inputs: [Tensor], tolerance: Double = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Status? {
        let plain = try program(fetches, feeds: feeds, [])
        let fused = try program(fetches, feeds: feeds, Set(GraphCompiler.Options.Fusion.allCases))
        func run(_ program: Program) -> Result<[Tensor], Status> {
            Result { () throws(Status) in try program.run(inputs, in: ExecutionContext()) }
        }
        // Twice: what falls back makes its program in the first run.
        for _ in 0..<2 {
            switch (run(plain), run(fused)) {
            case (.success(let expected), .success(let actual)):
                for (a, b) in zip(actual, expected) {
                    let difference = TensorComparison(tolerance: tolerance).difference(a, b)
                    #expect(difference == nil, sourceLocation: sourceLocation)
                }
            case (.failure(let expected), .failure(let actual)):
                #expect(actual == expected, sourceLocation: sourceLocation)
            case (let expected, let actual):
                Issue.record("\(actual) instead of \(expected)", sourceLocation: sourceLocation)
            }
        }
        if case .failure(let error) = run(plain) { return error }
        return nil
    }
}
