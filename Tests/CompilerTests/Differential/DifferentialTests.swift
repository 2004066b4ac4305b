import Compiler
import Execution
import Graphs
import ServingCore
import Tensors
import TestSupport
import Testing

/// Random graphs, computed by the engine with each of its passes on and off, against a reference interpreter of plain
/// loops that shares no code with it.
@Suite struct DifferentialTests {
    @Test(arguments: 0..<8)
    func randomGraphsGiveTheReferenceInterpretersNumbers(part: Int) throws {
        for seed in part * 50..<part * 50 + 50 {
            let sample = RandomGraph(seed: UInt64(seed + 1), size: 6 + seed % 40)
            let expected = sample.floats.suffix(4)
            var interpreter = PlainInterpreter(
                sample.graph, library: sample.library, arguments: sample.argumentValues)
            for value in expected {
                #expect(interpreter.value(of: value.outlet).values == value.plain.values, "seed \(seed)")
            }
            for options in GraphCompiler.Options.combinations {
                check(sample, expected, options, "seed \(seed), \(options)")
            }
        }
    }

    private func check(
        _ sample: RandomGraph, _ expected: ArraySlice<RandomGraph.Value>, _ options: GraphCompiler.Options,
        _ label: String
    ) {
        do throws(Status) {
            let results = try run(sample, expected.map(\.outlet), options)
            for (value, result) in zip(expected, results) {
                let difference = TensorComparison(tolerance: 1e-4, leastScale: 1e-6).difference(
                    result, value.plain.floats)
                #expect(difference == nil, "\(label): \(sample.graph.nodes[value.outlet.node]): \(difference ?? "")")
            }
        } catch {
            Issue.record("\(label): \(error)")
        }
    }

    private func run(
        _ sample: RandomGraph, _ outlets: [OutletID], _ options: GraphCompiler.Options
    ) throws(Status) -> [Tensor] {
        var graph = sample.graph
        let fetches = outlets.enumerated().map { index, outlet in
            _ = graph.add(
                Node(
                    name: "fetch\(index)", op: "Identity", inputs: [outlet],
                    attributes: Attributes(["T": .type(.float)])))
            return "fetch\(index)"
        }
        let compiler = GraphCompiler(library: sample.library, resources: ResourceStore(), options: options)
        let feeds = sample.arguments.map { (tensorName: $0.name, fact: TensorFact($0.tensor.dataType)) }
        let program = try compiler.compile(try compiler.prepare(graph, feeds: feeds, fetches: fetches))
        let context = ExecutionContext()
        let arguments = sample.arguments.map(\.tensor)
        _ = try program.run(arguments, in: context)
        return try program.run(arguments, in: context)
    }
}

extension GraphCompiler.Options {
    /// Every combination of passes on and off, with no fusion and with all, and each fusion alone.
    static var combinations: [GraphCompiler.Options] {
        let alone = Fusion.allCases.map { fusion in
            var options = GraphCompiler.Options()
            options.fusions = [fusion]
            return options
        }
        return alone
            + [false, true].flatMap { folding in
                [false, true].flatMap { identityRemoval in
                    [[], Set(Fusion.allCases)].map { fusions in
                        var options = GraphCompiler.Options()
                        options.folding = folding
                        options.identityRemoval = identityRemoval
                        options.fusions = fusions
                        return options
                    }
                }
            }
    }
}
