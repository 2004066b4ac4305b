import Graphs
import Kernels
import Tensors

/// A loop whose body takes one element of a sequence after the other: what the values are for that go round in it.
struct SequenceLoop {
    let node: Int
    /// The graph around the loop.
    let view: GraphView
    let body: GraphView
    /// The positions of values that no turn changes.
    private let invariants: Set<Int>
    /// Each turn needs all of them: counters below their limits.
    private(set) var limits: [Limit] = []

    struct Limit {
        /// The counter's value in the first turn.
        let start: Int
        let bound: Bound
    }

    enum Bound {
        /// The value of that position, which no turn changes.
        case value(Int)
        case constant(Tensor)
    }

    /// One step of a sequence.
    struct Element {
        /// The node that reads it, in the body.
        let node: Int
        /// The node around the loop that makes a list of the sequence.
        let list: Int
        /// What both say of the shape of elements; nil if that is not known before the run.
        let shapes: [PartialShape?]
    }

    init?(_ view: GraphView, _ node: Int) {
        guard ["While", "StatelessWhile"].contains(view.op(node)), let body = view.function("body", of: node),
            let condition = view.function("cond", of: node)
        else { return nil }
        let count = view.node(node).inputs.count
        guard body.arguments.count == count, body.results.count == count, condition.results.count == 1 else {
            return nil
        }
        self.view = view
        self.node = node
        self.body = body
        invariants = Set((try? view.node(node).attributes.ints(LoopInvariants.attribute, default: [])) ?? [])
        guard let limits = limits(condition.results[0], condition, depth: 0), !limits.isEmpty else { return nil }
        self.limits = limits
    }

    /// The position of the value that `outlet` of the body is in the beginning of a turn.
    func position(_ outlet: OutletID) -> Int? { body.argument(outlet) }

    func isInvariant(_ position: Int) -> Bool { invariants.contains(position) }

    /// The value of a counter in the first turn; nil for values that do not grow by 1 with each turn.
    func start(ofCounter position: Int) -> Int? {
        let result = body.source(body.results[position])
        guard ["AddV2", "Add"].contains(body.op(result.node)) else { return nil }
        let inputs = body.node(result.node).inputs
        guard inputs.contains(where: { self.position($0) == position }),
            inputs.contains(where: { body.integer($0) == 1 })
        else { return nil }
        return view.integer(view.node(node).inputs[position])
    }

    private func limits(_ outlet: OutletID, _ condition: GraphView, depth: Int) -> [Limit]? {
        let source = condition.source(outlet)
        let inputs = condition.node(source.node).inputs
        guard depth < 8, inputs.count == 2 else { return nil }
        switch condition.op(source.node) {
        case "LogicalAnd":
            guard let first = limits(inputs[0], condition, depth: depth + 1),
                let second = limits(inputs[1], condition, depth: depth + 1)
            else { return nil }
            return first + second
        case "Less":
            guard let counter = condition.argument(inputs[0]), let start = start(ofCounter: counter) else { return nil }
            if condition.integer(inputs[1]) != nil, let value = condition.fact(inputs[1]).constant {
                return [Limit(start: start, bound: .constant(value))]
            }
            guard let bound = condition.argument(inputs[1]), isInvariant(bound) else { return nil }
            return [Limit(start: start, bound: .value(bound))]
        default: return nil
        }
    }

    /// True if `outlet` of the body counts the turns from 0.
    func countsTurns(_ outlet: OutletID) -> Bool { position(outlet).flatMap { start(ofCounter: $0) } == 0 }

    /// The step of a sequence of rows that `outlet` of the body is.
    func element(_ outlet: OutletID) -> Element? {
        let source = body.source(outlet)
        let reader = body.node(source.node)
        guard reader.op == "TensorListGetItem", reader.inputs.count == 3, countsTurns(reader.inputs[1]),
            let position = position(reader.inputs[0]), isInvariant(position)
        else { return nil }
        let list = view.source(view.node(node).inputs[position])
        guard view.op(list.node) == "TensorListFromTensor" else { return nil }
        return Element(
            node: source.node, list: list.node,
            shapes: [
                body.elementShape(reader.inputs[2]), view.elementShape(view.node(list.node).inputs[1]),
            ])
    }
}

extension GraphView {
    /// Function `name` of loop `node`, for what is known of the values that go round; nil if it can't be looked into.
    func function(_ name: String, of node: Int) -> GraphView? {
        guard case .function(let reference) = self.node(node).attributes[name] else { return nil }
        let arguments = (0..<outputCount(node)).map { fact(OutletID(node: node, slot: $0)) }
        return functionView?(FunctionUse(reference, arguments: arguments))
    }

    /// What `outlet` is nothing but a copy of.
    func source(_ outlet: OutletID) -> OutletID {
        var outlet = outlet
        while op(outlet.node) == "Identity", node(outlet.node).controlInputs.isEmpty,
            let input = node(outlet.node).inputs.first
        {
            outlet = input
        }
        return outlet
    }

    /// The position of the argument that `outlet` is.
    func argument(_ outlet: OutletID) -> Int? {
        let source = source(outlet)
        return source.slot == 0 ? arguments.firstIndex(of: source.node) : nil
    }

    /// The integer scalar that `outlet` always is.
    func integer(_ outlet: OutletID) -> Int? {
        guard let value = fact(outlet).constant, value.shape.rank == 0 else { return nil }
        return value.integers?.first
    }

    /// The shape that `outlet` says of a list's elements; nil if a run may say something else.
    func elementShape(_ outlet: OutletID) -> PartialShape? {
        guard let value = fact(outlet).constant, let sizes = value.integers else { return nil }
        if value.shape.rank == 0 { return sizes[0] == -1 ? .unknown : nil }
        return PartialShape(sizes)
    }
}
