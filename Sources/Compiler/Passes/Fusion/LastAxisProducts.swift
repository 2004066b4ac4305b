import Graphs
import Kernels
import ServingCore
import Tensors

extension Fusion {
    /// Writes products over the last dimension of a tensor of any rank with a constant matrix as `BatchMatMulV2`: exporters wrap
    /// them as `MatMul` between two `Reshape`s, with nodes that compute the shapes.
    static let lastAxisProducts = Fusion(name: .lastAxisProducts) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices where view.op(index) == "Reshape" {
            guard let found = LastAxisProduct(view, endingAt: index), patch.isFree(found.nodes) else { continue }
            patch.replace(found.nodes, result: OutletID(node: index), by: found.product(view, view.node(index)))
        }
    }
}

/// `Reshape(MatMul(Reshape(x), weights))`, where the result has the dimensions of `x` but for the last.
private struct LastAxisProduct {
    private(set) var nodes: [Int]
    private let x: OutletID
    private let product: Int

    init?(_ view: GraphView, endingAt end: Int) {
        let node = view.node(end)
        guard node.inputs.count == 2, let product = view.producer(end, input: 0, op: "MatMul"),
            view.onlyReader(of: product) == end, view.fact(OutletID(node: product)).dataType == .float,
            (try? view.node(product).attributes.bool("transpose_a", default: false)) == false,
            let isTransposed = try? view.node(product).attributes.bool("transpose_b", default: false),
            let weights = view.constant(product, input: 1), weights.shape.rank == 2,
            let rows = view.producer(product, input: 0, op: "Reshape"), view.onlyReader(of: rows) == product
        else { return nil }
        var x = view.node(rows).inputs[0]
        if let order = view.producer(rows, input: 0, op: "Transpose"),
            let places = view.constant(order, input: 1)?.integers,
            places == Array(places.indices)
        {
            x = view.node(order).inputs[0]
        }
        self.x = x
        self.product = product
        nodes = [end]
        guard let rank = view.fact(x).shape.rank, rank >= 2,
            LastAxisProduct.isShape(node.inputs[1], of: x, rank: rank, last: weights.shape[isTransposed ? 0 : 1], view),
            let between = LastAxisProduct.nodes(from: x, to: end, view)
        else { return nil }
        nodes = between
    }

    /// True if `outlet` is the shape of `x` with `last` as the last dimension.
    private static func isShape(_ outlet: OutletID, of x: OutletID, rank: Int, last: Int, _ view: GraphView) -> Bool {
        if let sizes = view.fact(outlet).constant?.integers {
            // One size may be left open, but then `x` must tell that it is the only one.
            guard let known = view.fact(x).shape.dimensions, sizes.count == rank, sizes[rank - 1] == last else {
                return false
            }
            return zip(sizes, known).dropLast().allSatisfy { $0 == $1 } && known.dropLast().filter { $0 < 0 }.count <= 1
        }
        guard let parts = view.inputs(outlet, of: ["ConcatV2"]), parts.count == 3,
            view.fact(parts[1]).constant?.integers == [last], view.fact(parts[2]).constant?.integers == [0],
            let gather = view.inputs(parts[0], of: ["GatherV2"]), gather.count == 3,
            view.fact(gather[1]).constant?.integers == Array(0..<rank - 1),
            view.fact(gather[2]).constant?.integers == [0]
        else { return false }
        return view.input(gather[0], of: ["Shape"]) == x
    }

    /// The nodes that compute `end` from `x` and constants; nil if they need anything else.
    private static func nodes(from x: OutletID, to end: Int, _ view: GraphView) -> [Int]? {
        var found: Set<Int> = [end]
        var open = [end]
        while let index = open.popLast() {
            for input in view.node(index).inputs where input != x && view.fact(input).constant == nil {
                guard input.node != x.node, ops.contains(view.op(input.node)),
                    view.node(input.node).controlInputs.isEmpty
                else { return nil }
                if found.insert(input.node).inserted { open.append(input.node) }
            }
        }
        return found.sorted()
    }

    private static let ops: Set<String> = [
        "Reshape", "MatMul", "Transpose", "ConcatV2", "GatherV2", "Shape", "Prod", "Pack", "StridedSlice", "Mul",
    ]

    func product(_ view: GraphView, _ last: Node) -> Node {
        let source = view.node(product)
        let isTransposed = (try? source.attributes.bool("transpose_b", default: false)) ?? false
        return Node(
            name: last.name, op: "BatchMatMulV2", inputs: [x, source.inputs[1]],
            attributes: Attributes(["T": .type(.float), "adj_x": .bool(false), "adj_y": .bool(isTransposed)]),
            function: last.function)
    }
}
