import Graphs
import Tensors

/// A matrix of rows seen as a sum: products of values with columns of constant matrices, and constant vectors that are added to
/// each row.
struct AffineForm {
    struct Term {
        let value: OutletID
        let weights: Tensor
        /// The column of `weights` that is the first of this form.
        var first: Int
    }

    struct Bias {
        let vector: Tensor
        /// The element that belongs to the first column; all columns have the same one if there is only one.
        var first: Int
    }

    private(set) var columnCount: Int
    private(set) var terms: [Term] = []
    private(set) var biases: [Bias] = []

    /// Nodes that are looked at for one form.
    private static let maximumNodes = 64

    /// Nil if `outlet` is anything else.
    init?(_ outlet: OutletID, in view: GraphView) {
        var left = AffineForm.maximumNodes
        self.init(outlet, view, &left)
    }

    private init?(_ outlet: OutletID, _ view: GraphView, _ left: inout Int) {
        let outlet = view.source(outlet)
        let node = view.node(outlet.node)
        guard left > 0, view.fact(outlet).dataType == .float else { return nil }
        left -= 1
        switch node.op {
        case "MatMul": self.init(product: node, view)
        case "BiasAdd", "AddV2", "Add": self.init(sum: node, view, &left)
        case "Split", "SplitV": self.init(part: outlet.slot, of: node, view, &left)
        case "StridedSlice": self.init(slice: node, view, &left)
        default: return nil
        }
    }

    private init?(product node: Node, _ view: GraphView) {
        guard node.inputs.count == 2, (try? node.attributes.bool("transpose_a", default: false)) == false,
            (try? node.attributes.bool("transpose_b", default: false)) == false,
            let weights = view.fact(node.inputs[1]).constant, weights.shape.rank == 2
        else { return nil }
        columnCount = weights.shape[1]
        terms = [Term(value: view.source(node.inputs[0]), weights: weights, first: 0)]
    }

    private init?(sum node: Node, _ view: GraphView, _ left: inout Int) {
        guard node.inputs.count == 2, (try? node.attributes.string("data_format", default: "NHWC")) == "NHWC" else {
            return nil
        }
        for (input, other) in [(0, 1), (1, 0)] {
            guard let vector = view.fact(node.inputs[other]).constant else { continue }
            guard let form = AffineForm(node.inputs[input], view, &left), vector.shape.rank <= 1,
                vector.elementCount == form.columnCount || vector.elementCount == 1
            else { return nil }
            self = form
            biases.append(Bias(vector: vector, first: 0))
            return
        }
        guard let first = AffineForm(node.inputs[0], view, &left),
            let second = AffineForm(node.inputs[1], view, &left), first.columnCount == second.columnCount
        else { return nil }
        self = first
        terms += second.terms
        biases += second.biases
    }

    private init?(part: Int, of node: Node, _ view: GraphView, _ left: inout Int) {
        let isEven = node.op == "Split"
        guard node.inputs.count == (isEven ? 2 : 3), let axis = view.integer(node.inputs[isEven ? 0 : 2]),
            axis == 1 || axis == -1, let form = AffineForm(node.inputs[isEven ? 1 : 0], view, &left)
        else { return nil }
        self = form
        if isEven {
            guard let count = try? node.attributes.int("num_split"), count > 0, columnCount % count == 0, part < count
            else { return nil }
            take(columnCount / count * part, columnCount / count)
        } else {
            guard var sizes = view.fact(node.inputs[1]).constant?.integers, part < sizes.count else { return nil }
            let known = sizes.filter { $0 >= 0 }.reduce(0, &+)
            for index in sizes.indices where sizes[index] < 0 { sizes[index] = columnCount &- known }
            guard sizes.allSatisfy({ (0...columnCount).contains($0) }), sizes.reduce(0, &+) == columnCount else {
                return nil
            }
            take(sizes[..<part].reduce(0, +), sizes[part])
        }
    }

    /// All rows and some columns next to each other.
    private init?(slice node: Node, _ view: GraphView, _ left: inout Int) {
        guard node.inputs.count == 4, let form = AffineForm(node.inputs[0], view, &left),
            let begin = view.fact(node.inputs[1]).constant?.integers, begin.count == 2,
            let end = view.fact(node.inputs[2]).constant?.integers, end.count == 2,
            view.fact(node.inputs[3]).constant?.integers == [1, 1],
            let beginMask = try? node.attributes.int("begin_mask", default: 0),
            let endMask = try? node.attributes.int("end_mask", default: 0), beginMask & endMask & 1 == 1,
            ["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].allSatisfy({
                (try? node.attributes.int($0, default: 0)) == 0
            })
        else { return nil }
        self = form
        let first = beginMask & 2 != 0 ? 0 : AffineForm.column(begin[1], of: columnCount)
        let last = endMask & 2 != 0 ? columnCount : AffineForm.column(end[1], of: columnCount)
        guard first < last else { return nil }
        take(first, last - first)
    }

    private static func column(_ index: Int, of count: Int) -> Int {
        min(max(index < 0 ? index &+ count : index, 0), count)
    }

    private mutating func take(_ first: Int, _ count: Int) {
        columnCount = count
        for index in terms.indices { terms[index].first += first }
        for index in biases.indices where biases[index].vector.elementCount > 1 { biases[index].first += first }
    }
}
