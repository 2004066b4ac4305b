import Graphs
import ServingCore
import Testing

@testable import SavedModels

/// A graph in the form of the recorded `*.graph.txt` files.
enum GraphDump {
    static func lines(_ graph: Graph, skipping arguments: Int = 0) -> [Substring] {
        graph.nodes.dropFirst(arguments).map { node in
            let inputs = node.inputs.map { text($0, graph) } + node.controlInputs.map { "^" + graph.nodes[$0].name }
            return "\(node.name)\t\(node.op)\t\(inputs.joined(separator: ","))"
        }
    }

    static func lines(_ function: FunctionDefinition) -> [Substring] {
        let results = function.results.map { text($0, function.body) }.joined(separator: ",")
        let control = function.controlResults.map { function.body.nodes[$0].name }.sorted().joined(separator: ",")
        return lines(function.body, skipping: function.parameters.count) + ["= \(results) ^\(control)"]
    }

    private static func text(_ outlet: OutletID, _ graph: Graph) -> String {
        let name = graph.nodes[outlet.node].name
        return outlet.slot == 0 ? name : "\(name):\(outlet.slot)"
    }

    /// The recorded graphs by function name; that of the main graph is `main`.
    static func recorded(_ path: String) -> [String: [Substring]] {
        var graphs: [String: [Substring]] = [:]
        var current = ""
        for line in String(decoding: Fixtures.read(path), as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("# ") {
                current = String(line.dropFirst(2))
                graphs[current] = []
            } else {
                graphs[current, default: []].append(line)
            }
        }
        return graphs
    }

    /// Compares everything that was read with what TensorFlow makes of the same file.
    static func check(_ model: SavedModel, against path: String) {
        let expected = recorded(path)
        #expect(lines(model.graph) == expected["main"] ?? [], "\(path)")
        for function in model.library.functions.values {
            #expect(lines(function) == expected[function.name] ?? [], "\(path): \(function.name)")
        }
    }
}

@Suite struct GraphReaderTests {
    @Test(arguments: ["tf2_nested", "keras3_dense", "two_tag_sets"])
    func nodesAndInputsAreAsTensorFlowResolvesThem(_ name: String) throws {
        GraphDump.check(
            try SavedModel.read(directory: Fixtures.path(name)), against: "\(Fixtures.folder)/\(name).graph.txt")
    }

    @Test func argumentsComeFirst() throws {
        let model = try SavedModel.read(directory: Fixtures.path("tf2_nested"))
        let function = try #require(model.library.functions.values.first { $0.name.hasPrefix("__inference___call__") })
        #expect(function.parameters.map(\.name).prefix(2) == ["x", "word"])
        #expect(function.parameters.map(\.dataType).prefix(2) == [.float, .string])
        for (index, node) in function.body.nodes.prefix(function.parameters.count).enumerated() {
            #expect(node.op == "_Arg")
            #expect(node.name == function.parameters[index].name)
            #expect(try node.attributes.int("index") == index)
            #expect(try node.attributes.type("T") == function.parameters[index].dataType)
        }
    }

    @Test func functionsThatNobodyCallsAreLeftOut() throws {
        let model = try SavedModel.read(directory: Fixtures.path("tf2_nested"))
        let names = model.library.functions.keys
        #expect(names.contains { $0.hasPrefix("cond_true") } && names.contains { $0.hasPrefix("while_body") })
        #expect(GraphDump.recorded(Fixtures.folder + "/tf2_nested.graph.txt").keys.contains { $0.contains("inner") })
        for function in model.library.functions.values {
            for node in function.body.nodes {
                for case .function(let called) in node.attributes.values.values { #expect(names.contains(called.name)) }
            }
        }
    }

    @Test func attributesOfEveryKind() throws {
        let model = try SavedModel.read(directory: Fixtures.path("tf2_nested"))
        let nodes = model.library.functions.values.flatMap(\.body.nodes)
        let split = try #require(nodes.first { $0.op == "Split" })
        #expect(try split.attributes.int("num_split") == 2)
        #expect(try split.attributes.type("T") == .float)
        let loop = try #require(nodes.first { $0.op == "While" || $0.op == "StatelessWhile" })
        #expect(try loop.attributes.function("body").name.hasPrefix("while_body"))
        #expect(try loop.attributes.types("T").count == loop.inputs.count)
        #expect(!nodes.contains { $0.attributes.values.keys.contains { $0.hasPrefix("_") } })
        let constant = try #require(model.graph.nodes.first { $0.op == "Const" })
        #expect(try constant.attributes.tensor("value").dataType == constant.attributes.type("dtype"))
    }
}
