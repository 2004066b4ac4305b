import Graphs
import ServingCore
import Tensors

extension Fusion {
    /// Recognises `e / sum(e)`, where `e = exp(x - max(x))`, and `d - log(sum(exp(d)))`, where `d = x - max(x)`, along the last
    /// dimension: softmax and its logarithm.
    static let softmax = Fusion(name: .softmax) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let pattern = SoftmaxPattern(view, quotient: index) ?? SoftmaxPattern(view, difference: index),
                patch.isFree(pattern.nodes)
            else { continue }
            patch.replace(
                pattern.nodes, result: OutletID(node: index),
                by: Node(
                    name: view.node(index).name, op: pattern.op, inputs: [pattern.x],
                    attributes: Attributes(["T": .type(.float)])))
        }
    }
}

/// The nodes that together are a softmax.
private struct SoftmaxPattern {
    let op: String
    let nodes: [Int]
    let x: OutletID

    /// The quotient at `root`.
    init?(_ view: GraphView, quotient root: Int) {
        guard ["RealDiv", "Div"].contains(view.op(root)), let power = view.producer(root, input: 0, op: "Exp"),
            let sum = view.producer(root, input: 1, op: "Sum"), SoftmaxPattern.reducesRows(sum, of: power, view),
            let difference = view.producer(power, input: 0, op: "Sub")
        else { return nil }
        self.init(view, "Softmax", difference, [power, sum, root])
    }

    /// The difference at `root`.
    init?(_ view: GraphView, difference root: Int) {
        guard view.op(root) == "Sub", let difference = view.producer(root, input: 0, op: "Sub"),
            let logarithm = view.producer(root, input: 1, op: "Log"),
            let sum = view.producer(logarithm, input: 0, op: "Sum"),
            let power = view.producer(sum, input: 0, op: "Exp"), SoftmaxPattern.reducesRows(sum, of: power, view),
            view.node(power).inputs == [OutletID(node: difference)]
        else { return nil }
        self.init(view, "LogSoftmax", difference, [power, sum, logarithm, root])
    }

    /// - Parameter rest: the nodes behind `difference`, which must be that of `x` and its maxima; the last one is the result.
    private init?(_ view: GraphView, _ op: String, _ difference: Int, _ rest: [Int]) {
        let inputs = view.node(difference).inputs
        guard inputs.count == 2, view.op(inputs[1].node) == "Max", view.node(inputs[1].node).inputs.first == inputs[0],
            view.fact(inputs[0]).dataType == .float, SoftmaxPattern.reducesRows(inputs[1].node, view)
        else { return nil }
        self.op = op
        x = inputs[0]
        nodes = [inputs[1].node, difference] + rest
        let members = Set(nodes)
        guard nodes.dropLast().allSatisfy({ view.isReadOnly($0, by: members) }),
            nodes.allSatisfy({ view.node($0).controlInputs.isEmpty })
        else { return nil }
    }

    private static func reducesRows(_ node: Int, of source: Int, _ view: GraphView) -> Bool {
        view.node(node).inputs.first == OutletID(node: source) && reducesRows(node, view)
    }

    /// Whether `node` reduces the last dimension only and keeps it.
    private static func reducesRows(_ node: Int, _ view: GraphView) -> Bool {
        guard let input = view.node(node).inputs.first, let rank = view.fact(input).shape.rank, rank > 0,
            let axes = view.constant(node, input: 1)?.integers, axes.count == 1,
            (try? view.node(node).attributes.bool("keep_dims", default: false)) == true
        else { return false }
        return axes[0] == -1 || axes[0] == rank - 1
    }
}
