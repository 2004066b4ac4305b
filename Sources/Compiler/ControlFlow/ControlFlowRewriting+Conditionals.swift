import Graphs
import ServingCore
import Tensors

extension ControlFlowRewriting {
    /// What one `If` replaces: merges that one condition decides and that do not need each other, and nodes of its branches
    /// that run for their effects.
    private struct Group {
        let predicate: OutletID
        var joins: [BranchConditions.Join] = []
        /// Targets by branch, false and true.
        var targets: [[Int]] = [[], []]
    }

    private struct GroupKey: Hashable {
        let predicate: OutletID
        let level: Int
    }

    /// Replaces the outermost merges by `If`s; the branches, which become functions, are treated likewise.
    mutating func rewriteConditionals(_ subgraph: inout Subgraph, depth: Int) throws(Status) {
        guard subgraph.graph.nodes.contains(where: { $0.isSwitch || $0.isMerge }) else { return }
        try subgraph.prune()
        let conditions = try BranchConditions(subgraph.graph)
        if let dead = subgraph.results.first(where: { !conditions.of($0, subgraph.graph).isEmpty }) {
            throw ControlFlowRewriting.irregular(
                [subgraph.graph.nodes[dead.node]], "its value is asked for, but it has one in one branch only")
        }
        let groups = try self.groups(subgraph, conditions)
        var seen: Set<Int> = []
        var additions: [(node: Node, joins: [BranchConditions.Join])] = []
        for group in groups {
            additions.append((try makeIf(group, subgraph.graph, conditions, depth, &seen), group.joins))
        }
        subgraph.targets.removeAll { !conditions.conditions[$0].isEmpty }
        for (node, joins) in additions {
            let position = subgraph.graph.add(node)
            for (index, join) in joins.enumerated() {
                subgraph.graph.nodes[join.node].op = "IdentityN"
                subgraph.graph.nodes[join.node].attributes = Attributes()
                subgraph.graph.nodes[join.node].inputs = [
                    OutletID(node: position, slot: 2 * index), OutletID(node: position, slot: 2 * index + 1),
                ]
            }
            if joins.isEmpty { subgraph.targets.append(position) }
        }
        try subgraph.prune()
    }

    // MARK: Groups

    private func groups(_ subgraph: Subgraph, _ conditions: BranchConditions) throws(Status) -> [Group] {
        let outer = conditions.joins.filter { conditions.conditions[$0.node].isEmpty }
        let targets = subgraph.targets.filter { !conditions.conditions[$0].isEmpty }
        var groups: [GroupKey: Group] = [:]
        var order: [GroupKey] = []
        func enter(_ key: GroupKey, _ change: (inout Group) -> Void) {
            if groups[key] == nil { order.append(key) }
            change(&groups[key, default: Group(predicate: key.predicate)])
        }
        let levels = try self.levels(outer, subgraph.graph)
        for join in outer {
            let level = levels[join.predicate]?[join.node] ?? 0
            enter(GroupKey(predicate: join.predicate, level: level)) { $0.joins.append(join) }
        }
        for target in targets {
            let condition = conditions.conditions[target].first { conditions.of($0.predicate, subgraph.graph).isEmpty }
            guard let condition else {
                throw ControlFlowRewriting.irregular(
                    [subgraph.graph.nodes[target]], "its condition has no value by itself")
            }
            let level = levels[condition.predicate]?[target] ?? 0
            enter(GroupKey(predicate: condition.predicate, level: level)) {
                $0.targets[condition.branch ? 1 : 0].append(target)
            }
        }
        return order.map { groups[$0]! }
    }

    /// For conditions that decide several merges: how many of these, one needing the other, stand before each node.
    private func levels(
        _ joins: [BranchConditions.Join], _ graph: Graph
    ) throws(Status) -> [OutletID: [Int: Int]] {
        var result: [OutletID: [Int: Int]] = [:]
        var work = 0
        for (predicate, joins) in Dictionary(grouping: joins, by: \.predicate) where joins.count > 1 {
            let own = Set(joins.map(\.node))
            let start = own.min()!
            work += graph.nodes.count - start
            guard work <= 1 << 27 else { throw .resourceExhausted("the graph has too many conditions in many nodes") }
            // One more behind a merge than at it.
            var after = [Int](repeating: 0, count: graph.nodes.count - start)
            var levels: [Int: Int] = [:]
            for node in start..<graph.nodes.count {
                var level = 0
                for input in graph.nodes[node].inputs where input.node >= start {
                    level = max(level, after[input.node - start])
                }
                for wait in graph.nodes[node].controlInputs where wait >= start {
                    level = max(level, after[wait - start])
                }
                if level > 0 { levels[node] = level }
                after[node - start] = own.contains(node) ? level + 1 : level
            }
            result[predicate] = levels
        }
        return result
    }

    // MARK: Branches

    /// The `If` for `group`: for each merge two outputs, its value and which of its inputs that was.
    private mutating func makeIf(
        _ group: Group, _ graph: Graph, _ conditions: BranchConditions, _ depth: Int, _ seen: inout Set<Int>
    ) throws(Status) -> Node {
        var captures = RegionExtraction.Captures()
        var regions: [RegionExtraction] = []
        for branch in 0..<2 {
            let place = ControlFlowRewriting.place(group.predicate, branch == 1, graph, conditions)
            var region = RegionExtraction(graph, parameterCount: 0, place: place.outlet, controlInside: place.control)
            try region.walk(
                group.joins.map { graph.nodes[$0.node].inputs[$0.inputs[branch]] }, targets: group.targets[branch],
                &captures)
            regions.append(region)
        }
        let name = graph.nodes[group.joins.first?.node ?? group.targets.joined().first ?? 0].name
        var functions: [FunctionReference] = []
        for branch in 0..<2 {
            let results = group.joins.map { graph.nodes[$0.node].inputs[$0.inputs[branch]] }
            var body = try regions[branch].body(results, targets: group.targets[branch], &captures)
            body.results = zip(body.results, group.joins).flatMap { result, join in
                let value: [String: Attribute] = [
                    "value": .tensor(Tensor(scalar: Int32(join.inputs[branch]))), "dtype": .type(.int32),
                ]
                let index = Node(name: name + "/value_index", op: "Const", attributes: Attributes(value))
                return [result, OutletID(node: body.graph.add(index))]
            }
            functions.append(try addFunction(name + (branch == 0 ? "/else" : "/then"), body, depth: depth + 1))
        }
        let effects = Set(regions.flatMap(\.members).filter { isStateful(graph.nodes[$0].op) })
        if let twice = effects.first(where: { seen.contains($0) }) {
            throw ControlFlowRewriting.irregular([graph.nodes[twice]], "it would run more than once")
        }
        seen.formUnion(effects)
        var types: [DataType] = []
        for join in group.joins { types += [try ControlFlowRewriting.mergedType(graph.nodes[join.node]), .int32] }
        let attributes: [String: Attribute] = [
            "else_branch": .function(functions[0]), "then_branch": .function(functions[1]), "Tout": .types(types),
        ]
        let waits = ControlFlowRewriting.waits(of: regions, graph)
        return Node(
            name: name, op: effects.isEmpty && !group.joins.isEmpty ? "StatelessIf" : "If",
            inputs: [group.predicate] + captures.outlets, controlInputs: waits.sorted(),
            attributes: Attributes(attributes), function: graph.nodes[group.predicate.node].function)
    }

    /// The nodes that the `If` must wait for; switches go, so what they waited for stands in for them.
    private static func waits(of regions: [RegionExtraction], _ graph: Graph) -> Set<Int> {
        var pending = regions.flatMap(\.outsideWaits)
        var seen: Set<Int> = []
        var waits: Set<Int> = []
        while let node = pending.popLast() {
            guard seen.insert(node).inserted else { continue }
            if graph.nodes[node].isSwitch { pending += graph.nodes[node].controlInputs } else { waits.insert(node) }
        }
        return waits
    }

    private static func mergedType(_ node: Node) throws(Status) -> DataType {
        do throws(Status) {
            return try node.attributes.type("T")
        } catch {
            throw error.appending("\n\t [[\(node.errorLabel)]]")
        }
    }

    /// What outlets and control edges are for the branch that `predicate` chooses when it is `branch`.
    private static func place(
        _ predicate: OutletID, _ branch: Bool, _ graph: Graph, _ conditions: BranchConditions
    ) -> (outlet: (OutletID) throws(Status) -> RegionExtraction.Place, control: (Int) -> Int?) {
        let own = BranchConditions.Condition(predicate: predicate, branch: branch)
        func outlet(_ outlet: OutletID) throws(Status) -> RegionExtraction.Place {
            var current = outlet
            while conditions.of(current, graph).contains(own) {
                let node = graph.nodes[current.node]
                guard node.isSwitch, node.inputs[1] == predicate else { return .inside(current) }
                guard (current.slot == 1) == branch else {
                    throw ControlFlowRewriting.irregular([node], "the wrong branch reads it")
                }
                current = node.inputs[0]
            }
            return .capture(current)
        }
        func control(_ node: Int) -> Int? {
            guard conditions.conditions[node].contains(own) else { return nil }
            let op = graph.nodes[node]
            return op.isSwitch && op.inputs[1] == predicate ? nil : node
        }
        return (outlet, control)
    }
}
