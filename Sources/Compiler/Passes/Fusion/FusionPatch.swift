import Graphs
import ServingCore
import Tensors

/// A patch and the nodes that it replaces.
struct FusionPatch {
    private(set) var patch: GraphPatch
    private var claimed: Set<Int> = []
    private let view: GraphView

    init(for view: GraphView) {
        patch = GraphPatch(for: view.graph)
        self.view = view
    }

    var isEmpty: Bool { patch.isEmpty }

    /// True if none of `nodes` has been replaced yet.
    func isFree(_ nodes: [Int]) -> Bool { claimed.isDisjoint(with: nodes) }

    /// Adds a node that others of this patch read; returns its position.
    mutating func add(_ node: Node) -> Int { patch.add(node) }

    /// Adds a constant named after `name`; returns its outlet.
    mutating func add(constant: Tensor, name: String) -> OutletID {
        let attributes: [String: Attribute] = ["value": .tensor(constant), "dtype": .type(constant.dataType)]
        return OutletID(node: patch.add(Node(name: name, op: "Const", attributes: Attributes(attributes))))
    }

    /// Makes readers of `old` read `new`, which has the same value and fails never or only where `old` would.
    mutating func shunt(_ old: OutletID, to new: OutletID) { patch.shunt(old, to: new) }

    /// Puts `node` in the place of `nodes`, of which only outlet `result` is read by others.
    ///
    /// `node` must read all that `nodes` read from elsewhere, constants aside; otherwise nothing happens. Its kernel must throw
    /// wherever its answer would be another than theirs, and before it writes into an input: then they run in its place.
    /// - Returns: the outlet of `node`; nil if nothing happened.
    @discardableResult
    mutating func replace(_ nodes: [Int], result: OutletID, by node: Node) -> OutletID? {
        replace(nodes, results: [result], by: node).map { OutletID(node: $0) }
    }

    /// The same for a node with several outputs, which stand for `results` in order; returns its position.
    @discardableResult
    mutating func replace(_ nodes: [Int], results: [OutletID], by node: Node) -> Int? {
        guard let replaced = ReplacedNodes(nodes, results: results, inputs: node.inputs, view) else { return nil }
        claimed.formUnion(nodes)
        var node = node
        node.replaced = replaced
        let position = patch.add(node)
        for (slot, result) in results.enumerated() { patch.shunt(result, to: OutletID(node: position, slot: slot)) }
        return position
    }
}

extension ReplacedNodes {
    /// What `nodes` compute at `results`; nil if they read more than each other, constants and `inputs`.
    fileprivate convenience init?(_ nodes: [Int], results: [OutletID], inputs: [OutletID], _ view: GraphView) {
        var copy = GraphCopy(view)
        for (index, input) in inputs.enumerated() { copy.addArgument(index, for: input) }
        for node in nodes.sorted() { guard copy.add(node) else { return nil } }
        let places = results.compactMap { copy.outlets[$0] }
        guard places.count == results.count else { return nil }
        self.init(graph: copy.graph, results: places)
    }
}

/// A graph into which nodes of another are copied.
private struct GraphCopy {
    private(set) var graph = Graph()
    /// Where outlets of the other graph stand in this one.
    private(set) var outlets: [OutletID: OutletID] = [:]
    private let view: GraphView

    init(_ view: GraphView) { self.view = view }

    mutating func addArgument(_ index: Int, for outlet: OutletID) {
        // A node that the patch adds is a constant that only the new node reads.
        let fact = view.graph.nodes.indices.contains(outlet.node) ? view.fact(outlet) : TensorFact(.float)
        let attributes: [String: Attribute] = [
            "index": .int(index), "T": .type(fact.dataType), "shape": .shape(fact.shape),
        ]
        let position = graph.add(Node(name: "argument \(index)", op: "_Arg", attributes: Attributes(attributes)))
        if outlets[outlet] == nil { outlets[outlet] = OutletID(node: position) }
    }

    /// Copies node `index`, or what it stands for; false if it reads something unknown.
    mutating func add(_ index: Int) -> Bool {
        var node = view.node(index)
        for input in node.inputs.indices {
            guard let place = place(of: node.inputs[input]) else { return false }
            node.inputs[input] = place
        }
        if let replaced = node.replaced {
            for (slot, place) in splice(replaced, node.inputs).enumerated() {
                outlets[OutletID(node: index, slot: slot)] = place
            }
            return true
        }
        node.controlInputs = []
        let position = graph.add(node)
        for slot in 0..<view.outputCount(index) {
            outlets[OutletID(node: index, slot: slot)] = OutletID(node: position, slot: slot)
        }
        return true
    }

    /// Copies the nodes of `replaced`, which read `inputs` of this graph; returns where its results stand.
    private mutating func splice(_ replaced: ReplacedNodes, _ inputs: [OutletID]) -> [OutletID] {
        /// By node of `replaced`: its first outlet here.
        var places: [OutletID] = []
        func moved(_ outlet: OutletID) -> OutletID {
            OutletID(node: places[outlet.node].node, slot: places[outlet.node].slot + outlet.slot)
        }
        for inner in replaced.graph.nodes {
            guard inner.op != "_Arg" else {
                places.append(inputs[places.count])
                continue
            }
            var node = inner
            node.inputs = inner.inputs.map(moved)
            places.append(OutletID(node: graph.add(node)))
        }
        return replaced.results.map(moved)
    }

    private mutating func place(of outlet: OutletID) -> OutletID? {
        if let place = outlets[outlet] { return place }
        guard let value = view.fact(outlet).constant else { return nil }
        let attributes: [String: Attribute] = ["value": .tensor(value), "dtype": .type(value.dataType)]
        let node = Node(name: view.node(outlet.node).name, op: "Const", attributes: Attributes(attributes))
        let place = OutletID(node: graph.add(node))
        outlets[outlet] = place
        return place
    }
}
