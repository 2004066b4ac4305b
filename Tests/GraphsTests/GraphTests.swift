import Graphs
import ServingCore
import Tensors
import Testing

@Suite struct GraphTests {
    @Test func patchFollowsChainsOfShunts() throws {
        var graph = Graph(nodes: [Node(name: "a", op: "A"), Node(name: "b", op: "B", inputs: [OutletID(node: 0)])])
        graph.nodes.append(Node(name: "c", op: "C", inputs: [OutletID(node: 1)], controlInputs: [1]))
        var patch = GraphPatch(for: graph)
        let d = patch.add(Node(name: "d", op: "D"))
        patch.shunt(OutletID(node: 1), to: OutletID(node: 0))
        patch.shunt(OutletID(node: 0), to: OutletID(node: d))
        patch.shuntControl(of: 1, to: [0, d])
        try graph.apply(patch)
        #expect(graph.nodes[2].inputs == [OutletID(node: d)])
        #expect(graph.nodes[2].controlInputs == [0, d])
        try graph.checkEdges()
    }

    @Test func edgeThatLeadsNowhereIsFound() {
        let graph = Graph(nodes: [Node(name: "a", op: "A", inputs: [OutletID(node: 7)])])
        #expect(throws: Status.self) { try graph.checkEdges() }
    }

    @Test func attributesKnowTheirKindsAndDefaults() throws {
        let attributes = Attributes(["n": .int(3), "list": .emptyList, "s": .string(Array("NHWC".utf8))])
        #expect(try attributes.int("n") == 3)
        #expect(try attributes.ints("list") == [])
        #expect(try attributes.string("s") == "NHWC")
        #expect(try attributes.ints("dilations", default: [1, 1]) == [1, 1])
        let missing = #expect(throws: Status.self) { try attributes.bool("transpose_a") }
        #expect(missing == .invalidArgument("attribute 'transpose_a' (bool) is missing"))
        let wrong = #expect(throws: Status.self) { try attributes.float("n") }
        #expect(wrong == .invalidArgument("attribute 'n' is not of kind float"))
    }
}
