import Graphs
import Kernels
import ServingCore
import Tensors

extension Subgraph {
    /// The part of `graph` that computes `fetches` from `feeds` and runs `targets`.
    ///
    /// Names are TensorFlow's: `node` or `node:slot` for tensors, `node` for targets. A fed tensor is replaced by an
    /// argument wherever it is read, so the nodes behind it are not needed. Throws INVALID_ARGUMENT for names that the
    /// graph does not have and for a tensor that is both fed and fetched, NOT_FOUND for unknown targets.
    init(
        of graph: Graph, feeds: [(tensorName: String, fact: TensorFact)], fetches: [String], targets: [String]
    ) throws(Status) {
        let positions = graph.positionsByName()
        var places: [Feed] = []
        for feed in feeds {
            let outlet = try Subgraph.outlet(feed.tensorName, positions, role: "feed")
            places.append(Feed(outlet: outlet, name: "_arg_\(feed.tensorName)", fact: feed.fact))
        }
        let fed = Set(places.map(\.outlet))
        var results: [OutletID] = []
        for name in fetches {
            let outlet = try Subgraph.outlet(name, positions, role: "fetch")
            guard !fed.contains(outlet) else { throw .invalidArgument("\(name) is both fed and fetched.") }
            results.append(outlet)
        }
        let nodes = try targets.map { (name) throws(Status) -> Int in
            guard let position = positions[name] else { throw .notFound("FetchOutputs node \(name): not found") }
            return position
        }
        self.init(of: graph, feeds: places, fetches: results, targets: nodes)
    }

    /// A tensor that is fed, the name of the argument that stands for it, and what is known of what comes.
    struct Feed {
        let outlet: OutletID
        let name: String
        let fact: TensorFact
    }

    /// The part of `graph` that computes `fetches` from `feeds` and runs `targets`, all of which it has. A tensor that is
    /// fetched is not the argument, even if it is fed, too, but what its node computes.
    init(of graph: Graph, feeds: [Feed], fetches: [OutletID], targets: [Int]) {
        self.init(graph: graph, arguments: [], results: fetches, targets: targets)
        var fed: [OutletID: OutletID] = [:]
        for (index, feed) in feeds.enumerated() {
            let argument = self.graph.add(Subgraph.argumentNode(index, feed.name, feed.fact))
            arguments.append(argument)
            fed[feed.outlet] = OutletID(node: argument)
        }
        redirect(fed)
    }

    /// The body of `function` as a subgraph of its own.
    init(body function: FunctionDefinition, attributes: [String: Attribute]) throws(Status) {
        var body = function.body
        try body.bindPlaceholders(attributes)
        self.init(
            graph: body, arguments: Array(function.parameters.indices), results: function.results,
            targets: function.controlResults)
        // Nodes of a loop or a branch of TensorFlow 1 keep the names that they had.
        guard function.attributes[ControlFlowRewriting.mark] == nil else { return }
        for index in body.nodes.indices.dropFirst(function.parameters.count) {
            graph.nodes[index].function = function.name
        }
    }

    /// The body of `function` for the arguments of `use`: those that are known stand in it as constants.
    ///
    /// Throws INVALID_ARGUMENT if the arguments do not fit the parameters.
    init(body function: FunctionDefinition, use: FunctionUse) throws(Status) {
        guard function.parameters.count == use.arguments.count else {
            throw .invalidArgument(
                "function \(function.name) is called with \(use.arguments.count) arguments, expected "
                    + "\(function.parameters.count)")
        }
        try self.init(body: function, attributes: use.reference.attributes)
        var patch = GraphPatch(for: graph)
        for (index, (parameter, fact)) in zip(function.parameters, use.arguments).enumerated() {
            let declared = try parameter.dataType == .invalid ? fact.dataType : declaredType(index)
            guard declared == fact.dataType else {
                throw .invalidArgument(
                    "argument \(index) of function \(function.name) is \(fact.dataType.name), expected \(declared.name)"
                )
            }
            graph.nodes[index].attributes["T"] = .type(fact.dataType)
            graph.nodes[index].attributes["shape"] = .shape(fact.shape)
            guard let value = fact.constant else { continue }
            let attributes: [String: Attribute] = ["value": .tensor(value), "dtype": .type(value.dataType)]
            let constant = Node(name: graph.nodes[index].name, op: "Const", attributes: Attributes(attributes))
            patch.shunt(OutletID(node: index), to: OutletID(node: patch.add(constant)))
        }
        try apply(patch)
    }

    /// The type of parameter `index`, which may depend on the attributes that the function was instantiated with.
    private func declaredType(_ index: Int) throws(Status) -> DataType {
        try graph.nodes[index].attributes.type("T")
    }

    /// Makes readers of fed tensors read the arguments. What waits for a fed placeholder waits for the argument, too, for
    /// the placeholder itself cannot run; other fed nodes that are waited for run as ever.
    private mutating func redirect(_ fed: [OutletID: OutletID]) {
        var waits: [Int: Int] = [:]
        for (outlet, argument) in fed where Subgraph.placeholders.contains(graph.nodes[outlet.node].op) {
            waits[outlet.node] = argument.node
        }
        for index in graph.nodes.indices {
            if !waits.isEmpty {
                graph.nodes[index].controlInputs = graph.nodes[index].controlInputs.map { waits[$0] ?? $0 }
            }
            for input in graph.nodes[index].inputs.indices {
                if let argument = fed[graph.nodes[index].inputs[input]] { graph.nodes[index].inputs[input] = argument }
            }
        }
    }

    /// Ops that stand for a value that only a feed can give.
    private static let placeholders: Set<String> = ["Placeholder", "PlaceholderV2"]

    private static func argumentNode(_ index: Int, _ name: String, _ fact: TensorFact) -> Node {
        let attributes: [String: Attribute] = [
            "index": .int(index), "T": .type(fact.dataType), "shape": .shape(fact.shape),
        ]
        return Node(name: name, op: "_Arg", attributes: Attributes(attributes))
    }

    private static func outlet(_ name: String, _ positions: [String: Int], role: String) throws(Status) -> OutletID {
        var node = Substring(name)
        var slot = 0
        if let colon = name.lastIndex(of: ":"), let number = Int(name[name.index(after: colon)...]) {
            node = name[..<colon]
            slot = number
        }
        guard let position = positions[String(node)], slot >= 0, slot < 1 << 20 else {
            throw .invalidArgument(
                "Tensor \(name), specified in either feed_devices or fetch_devices was not found in the Graph (\(role))"
            )
        }
        return OutletID(node: position, slot: slot)
    }
}

extension Graph {
    /// Replaces attributes that name an attribute of the enclosing function by that attribute's value.
    mutating func bindPlaceholders(_ bindings: [String: Attribute]) throws(Status) {
        for index in nodes.indices {
            for (name, attribute) in nodes[index].attributes.values {
                nodes[index].attributes[name] = try Graph.bound(attribute, bindings, nodes[index])
            }
        }
    }

    private static func bound(
        _ attribute: Attribute, _ bindings: [String: Attribute], _ node: Node
    ) throws(Status) -> Attribute {
        switch attribute {
        case .placeholder(let name):
            guard let value = bindings[name] else {
                throw .invalidArgument(
                    "node \(node.name) (\(node.op)) uses attribute '\(name)' of its function, which the call does not set"
                )
            }
            return value
        case .function(let reference):
            var bound = reference
            for (name, value) in reference.attributes {
                bound.attributes[name] = try Graph.bound(value, bindings, node)
            }
            return .function(bound)
        default: return attribute
        }
    }
}
