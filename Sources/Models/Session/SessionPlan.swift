import Compiler
import Graphs
import ServingCore
import Tensors

/// What a run of a session asks for, in places of the graph instead of names.
public struct SessionPlan: Sendable {
    /// What tells programs apart.
    struct Key: Hashable {
        struct Feed: Hashable {
            let outlet: OutletID
            let dataType: DataType
        }

        /// No outlet twice.
        var feeds: [Feed] = []
        /// No outlet twice.
        var fetches: [OutletID] = []
        var targets: [Int] = []
    }

    let key: Key
    /// For each argument of the program: the position of its value in the request.
    let arguments: [Int]
    /// For each tensor that is fetched: the position of its value among the results of the program.
    let results: [Int]
    /// The types of all feeds, in TensorFlow's order: what the request sends, and what the graph has.
    private let types: [(sent: DataType, wanted: DataType)]

    /// Finds what a request names, with TensorFlow's checks in its order and with its texts.
    ///
    /// - Parameters:
    ///   - feeds: the names of what is fed, and the types of the values that come.
    ///   - fetches: the names of the tensors to answer.
    ///   - targets: the names of nodes to run.
    ///   - declaredOutputs: see `GraphCompiler`.
    /// Throws INVALID_ARGUMENT, OUT_OF_RANGE and NOT_FOUND.
    init(
        feeds: [(name: String, dataType: DataType)], fetches: [String], targets: [String],
        in graph: Graph, _ positions: [String: Int], declaredOutputs: (Node) -> [DataType?]?
    ) throws(Status) {
        // TensorFlow sorts names before it looks at them; the first of several errors and the numbers of arguments show it.
        let feedOrder = feeds.indices.sorted { SessionPlan.comesBefore(feeds[$0].name, feeds[$1].name) }
        let feedNames = feedOrder.map { TensorName(feeds[$0].name) }
        let fetchOrder = Set(fetches).sorted(by: SessionPlan.comesBefore)
        let fetchNames = fetchOrder.map { TensorName($0) }
        let outputs = try SessionPlan.check(feedNames + fetchNames, graph, positions, declaredOutputs)
        guard !fetches.isEmpty || !targets.isEmpty else {
            throw .invalidArgument("Must specify at least one target to fetch or execute.")
        }
        try SessionPlan.checkUses(feedOrder.map { feeds[$0].name }, fetchOrder)

        var key = Key()
        var arguments: [Int] = []
        var types: [(sent: DataType, wanted: DataType)] = []
        var fed: Set<OutletID> = []
        for (position, name) in zip(feedOrder, feedNames) {
            let outlet = OutletID(node: positions[name.node]!, slot: name.slot)
            let sent = feeds[position].dataType
            let wanted = outputs[outlet.node].flatMap { $0[outlet.slot] } ?? sent
            types.append((sent, wanted))
            guard fed.insert(outlet).inserted else { continue }
            key.feeds.append(Key.Feed(outlet: outlet, dataType: wanted))
            arguments.append(position)
        }
        var places: [OutletID: Int] = [:]
        for name in fetchNames {
            let outlet = OutletID(node: positions[name.node]!, slot: name.slot)
            guard places[outlet] == nil else { continue }
            places[outlet] = key.fetches.count
            key.fetches.append(outlet)
        }
        key.targets = try SessionPlan.find(targets, positions)
        self.key = key
        self.arguments = arguments
        self.types = types
        results = fetches.map { name in
            let name = TensorName(name)
            return places[OutletID(node: positions[name.node]!, slot: name.slot)]!
        }
    }

    /// Throws INVALID_ARGUMENT with TensorFlow's text if a value is not of the type that the graph has.
    func checkTypes() throws(Status) {
        for (index, type) in types.enumerated() where type.sent != type.wanted {
            throw .invalidArgument(
                "Expects arg[\(index)] to be \(type.wanted.name) but \(type.sent.name) is provided")
        }
    }

    /// The order of bytes, which is not that of Swift's strings.
    private static func comesBefore(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    /// The outputs of the nodes of `names`. Throws unless the graph has all of these tensors.
    private static func check(
        _ names: [TensorName], _ graph: Graph, _ positions: [String: Int], _ declaredOutputs: (Node) -> [DataType?]?
    ) throws(Status) -> [Int: [DataType?]] {
        var outputs: [Int: [DataType?]] = [:]
        var invalid: (node: Int, slot: Int)?
        for name in names {
            guard let position = positions[name.node] else { continue }
            let known = outputs[position] ?? declaredOutputs(graph.nodes[position])
            if let known { outputs[position] = known }
            let count = known?.count ?? .max
            guard name.slot < 0 || name.slot >= count else { continue }
            if invalid == nil || position < invalid!.node { invalid = (position, name.slot) }
        }
        if let invalid {
            let node = graph.nodes[invalid.node]
            let count = outputs[invalid.node].map { String($0.count) } ?? "unknown"
            throw .outOfRange(
                "Node '\(node.name)' (type: '\(node.op)', num of outputs: \(count)) does not have output \(invalid.slot)"
            )
        }
        if let missing = names.first(where: { positions[$0.node] == nil }) {
            throw .invalidArgument(
                "Tensor \(missing.node):\(missing.slot), specified in either feed_devices or fetch_devices was not found in "
                    + "the Graph")
        }
        return outputs
    }

    /// Throws INVALID_ARGUMENT if a name is fed twice, or fed and fetched; other names of the same tensor are not noticed.
    private static func checkUses(_ feeds: [String], _ fetches: [String]) throws(Status) {
        var fed: Set<String> = []
        for name in feeds {
            guard fed.insert(name).inserted else { throw .invalidArgument("Endpoint \"\(name)\" fed more than once.") }
        }
        for name in fetches where fed.contains(name) { throw .invalidArgument("\(name) is both fed and fetched.") }
    }

    /// The nodes that `targets` name, each once and in the order of the graph. Throws NOT_FOUND with all names that it lacks.
    private static func find(_ targets: [String], _ positions: [String: Int]) throws(Status) -> [Int] {
        var found: Set<Int> = []
        var missing = ""
        for target in targets.sorted(by: comesBefore) {
            if let position = positions[TensorName(target).node] {
                found.insert(position)
            } else {
                missing += target + " "
            }
        }
        guard missing.isEmpty else {
            throw .notFound("PruneForTargets: Some target nodes not found: \(missing)")
        }
        return found.sorted()
    }
}
