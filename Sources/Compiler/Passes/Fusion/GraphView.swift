import Graphs
import Kernels
import Tensors

/// A graph in running order with what is known of its values, and who reads them.
struct GraphView {
    let graph: Graph
    private let facts: [[TensorFact]]
    /// By node: the readers of each of its outlets that is read, once for each input that reads it.
    private var readers: [OutletID: [Int]] = [:]
    private let resultSet: Set<OutletID>
    /// Nodes that must stay, since they are results or something waits for them.
    private var pinned: Set<Int> = []
    /// Nodes that something waits for.
    private var awaited: Set<Int> = []
    /// The nodes that stand for the arguments of the graph.
    let arguments: [Int]
    let results: [OutletID]
    /// Looks into a function that a node calls; nil if it can't be compiled.
    let functionView: ((FunctionUse) -> GraphView?)?

    init(_ subgraph: Subgraph, _ analysis: FactAnalysis, functionView: ((FunctionUse) -> GraphView?)? = nil) {
        graph = subgraph.graph
        facts = analysis.facts
        arguments = subgraph.arguments
        results = subgraph.results
        resultSet = Set(subgraph.results)
        self.functionView = functionView
        awaited = Set(subgraph.targets)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs { readers[input, default: []].append(index) }
            awaited.formUnion(node.controlInputs)
        }
        pinned = awaited.union(subgraph.results.map(\.node))
    }

    func node(_ index: Int) -> Node { graph.nodes[index] }

    func op(_ index: Int) -> String { graph.nodes[index].op }

    func outputCount(_ index: Int) -> Int { facts[index].count }

    /// What is known of `outlet`; of type `invalid` if its node has no such output. A constant that waits for other nodes is
    /// not told, since what is made from it would not wait.
    func fact(_ outlet: OutletID) -> TensorFact {
        guard facts[outlet.node].indices.contains(outlet.slot) else { return TensorFact(.invalid) }
        var fact = facts[outlet.node][outlet.slot]
        if !graph.nodes[outlet.node].controlInputs.isEmpty { fact.constant = nil }
        return fact
    }

    /// The value of input `input` of `node` if it is the same in every run.
    func constant(_ node: Int, input: Int) -> Tensor? {
        let inputs = graph.nodes[node].inputs
        return inputs.indices.contains(input) ? fact(inputs[input]).constant : nil
    }

    /// The number that `outlet` always is: a constant of one `Float` element and at most `maximumRank` dimensions.
    func scalar(_ outlet: OutletID, maximumRank: Int) -> Float? {
        guard let value = fact(outlet).constant, value.dataType == .float, value.elementCount == 1 else { return nil }
        return value.shape.rank <= maximumRank ? value.array(Float.self)[0] : nil
    }

    /// True if nodes wait for `node`, or it must run for its effects.
    func isAwaited(_ node: Int) -> Bool { awaited.contains(node) }

    /// True if a node reads `outlet`, or it is a result.
    func isRead(_ outlet: OutletID) -> Bool { readers[outlet] != nil || resultSet.contains(outlet) }

    /// The values of a `Float` constant for each channel: it has one element, or as many as channels in its last dimension, and
    /// at most `maximumRank` dimensions.
    func channelValues(_ outlet: OutletID, channels: Int, maximumRank: Int) -> [Double]? {
        guard let value = fact(outlet).constant, value.dataType == .float, value.shape.rank <= maximumRank else {
            return nil
        }
        if value.elementCount == 1 {
            return [Double](repeating: Double(value.array(Float.self)[0]), count: channels)
        }
        guard value.elementCount == channels, value.shape[value.shape.rank - 1] == channels else { return nil }
        return value.array(Float.self).map { Double($0) }
    }

    /// The nodes that read `outlet`, one entry for each input that reads it.
    func readers(of outlet: OutletID) -> [Int] { readers[outlet] ?? [] }

    /// The only reader of output 0 of `node`, if nothing else needs an output: then both may become one node. Nil also if `node`
    /// waits for another one or the reader does, because a fused node would wait too early.
    func onlyReader(of node: Int) -> Int? {
        guard !pinned.contains(node), graph.nodes[node].controlInputs.isEmpty else { return nil }
        guard hasOneOutputRead(node) else { return nil }
        let readers = readers(of: OutletID(node: node))
        guard readers.count == 1, graph.nodes[readers[0]].controlInputs.isEmpty else { return nil }
        return readers[0]
    }

    /// True if no output of `node` but the first is read or a result.
    func hasOneOutputRead(_ node: Int) -> Bool {
        facts[node].indices.dropFirst().allSatisfy { slot in
            let outlet = OutletID(node: node, slot: slot)
            return readers(of: outlet).isEmpty && !resultSet.contains(outlet)
        }
    }

    /// True if nobody but nodes of `nodes` reads or waits for `node`.
    func isReadOnly(_ node: Int, by nodes: Set<Int>) -> Bool {
        guard !pinned.contains(node) else { return false }
        return facts[node].indices.allSatisfy { slot in
            readers(of: OutletID(node: node, slot: slot)).allSatisfy(nodes.contains)
        }
    }

    /// The producer of input `input` of `node` if it is an `op` whose first output is read.
    func producer(_ node: Int, input: Int, op: String) -> Int? {
        let inputs = graph.nodes[node].inputs
        guard inputs.indices.contains(input), inputs[input].slot == 0 else { return nil }
        return graph.nodes[inputs[input].node].op == op ? inputs[input].node : nil
    }
}
