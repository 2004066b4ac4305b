import Graphs
import Kernels
import MicrokernelTypes
import ServingCore
import Tensors

extension Fusion {
    /// Puts one node in the place of a loop that takes a cell through a sequence of steps, and of the lists around it.
    static let recurrence = Fusion(name: .recurrence) { (view, patch) throws(Status) in
        for index in view.graph.nodes.indices {
            guard let loop = SequenceLoop(view, index), let cell = RecurrentCell(loop),
                let layer = RecurrentPattern(loop, cell), patch.isFree(layer.nodes)
            else { continue }
            layer.apply(to: &patch)
        }
    }
}

/// A loop with everything that one recurrent node stands for.
private struct RecurrentPattern {
    private let view: GraphView
    private let loop: SequenceLoop
    private let cell: RecurrentCell
    private let sequence: SequenceLoop.Element
    private let mask: SequenceLoop.Element?
    private let outputs: OutputList?
    /// The number of rows that the model names; -1 for any.
    private let rowCount: Int

    /// The list that collects the outputs.
    private struct OutputList {
        let position: Int
        let makes: Int
        let stacks: Int?
        let keepsSteps: Bool
        /// The position of what stands in the outputs of masked rows.
        let repeated: Int?
    }

    init?(_ loop: SequenceLoop, _ cell: RecurrentCell) {
        self.loop = loop
        self.cell = cell
        view = loop.view
        guard let sequence = loop.element(cell.element) else { return nil }
        self.sequence = sequence
        mask = cell.mask.flatMap { loop.element($0) }
        guard (cell.mask == nil) == (mask == nil) else { return nil }
        let units = cell.gates[0].recurrent.weights.shape[0]
        for position in loop.body.results.indices {
            let times = MaskedValue(loop, loop.body.results[position], else: position).times
            guard times == 1 || times == units else { return nil }
        }
        let lists = loop.body.results.indices.filter {
            loop.body.fact(loop.body.results[$0]).dataType == .variant && !loop.isInvariant($0)
        }
        guard lists.count <= 1 else { return nil }
        outputs = lists.first.flatMap { RecurrentPattern.outputs(loop, cell, $0) }
        guard outputs == nil ? lists.isEmpty : true, cell.mask == nil || outputs != nil else { return nil }
        guard let rowCount = RecurrentPattern.rowCount(loop, cell, sequence, mask, outputs) else { return nil }
        self.rowCount = rowCount
        guard hasOnlyKnownValues, hasOnlyKnownReaders, nodes.allSatisfy({ !view.isAwaited($0) }) else { return nil }
    }

    /// The list at `position` if each turn sets an element of it to the output.
    private static func outputs(_ loop: SequenceLoop, _ cell: RecurrentCell, _ position: Int) -> OutputList? {
        let (view, body) = (loop.view, loop.body)
        let setter = body.node(body.source(body.results[position]).node)
        guard setter.op == "TensorListSetItem", setter.inputs.count == 3, loop.position(setter.inputs[0]) == position
        else { return nil }
        let keepsSteps = loop.countsTurns(setter.inputs[1])
        guard keepsSteps || body.integer(setter.inputs[1]) == 0 else { return nil }
        let made = view.source(view.node(loop.node).inputs[position])
        guard view.op(made.node) == "TensorListReserve" else { return nil }
        let readers = view.readers(of: OutletID(node: loop.node, slot: position))
        guard readers.count <= 1, readers.allSatisfy({ view.op($0) == "TensorListStack" }) else { return nil }
        var repeated: Int?
        let item = body.source(setter.inputs[2])
        if cell.mask == nil {
            guard item == cell.output else { return nil }
        } else {
            repeated = body.results.indices.first { other in
                guard body.source(body.results[other]) == item else { return false }
                let masked = MaskedValue(loop, item, else: other)
                return masked.value == cell.output && masked.mask == cell.mask
            }
            guard repeated != nil else { return nil }
        }
        return OutputList(
            position: position, makes: made.node, stacks: readers.first, keepsSteps: keepsSteps, repeated: repeated)
    }

    /// The number of rows that lists name for their elements, -1 if they name none; nil if elements of other shapes than the
    /// cell's would be right.
    private static func rowCount(
        _ loop: SequenceLoop, _ cell: RecurrentCell, _ sequence: SequenceLoop.Element, _ mask: SequenceLoop.Element?,
        _ outputs: OutputList?
    ) -> Int? {
        let view = loop.view
        var shapes = sequence.shapes.map { ($0, cell.gates[0].input.weights.shape[0]) }
        shapes += (mask?.shapes ?? []).map { ($0, 1) }
        if let outputs {
            let units = cell.gates[0].recurrent.weights.shape[0]
            shapes.append((view.elementShape(view.node(outputs.makes).inputs[0]), units))
            if let stacks = outputs.stacks { shapes.append((view.elementShape(view.node(stacks).inputs[1]), units)) }
        }
        var rowCount = -1
        for (shape, width) in shapes {
            guard let shape else { return nil }
            guard let sizes = shape.dimensions else { continue }
            guard sizes.count == 2, sizes[1] == -1 || sizes[1] == width else { return nil }
            guard sizes[0] == -1 || rowCount == -1 || sizes[0] == rowCount else { return nil }
            rowCount = max(rowCount, sizes[0])
        }
        return rowCount
    }

    /// The nodes that are replaced.
    var nodes: [Int] {
        let lists = [sequence.list, mask?.list, outputs?.makes, outputs?.stacks].compactMap { $0 }
        return Array(Set(lists + [loop.node])).sorted()
    }

    /// True if each value of the loop is a state, the list of outputs, a counter, or never changes.
    private var hasOnlyKnownValues: Bool {
        loop.body.results.indices.allSatisfy { position in
            position == cell.hidden || position == cell.cell || position == outputs?.position
                || position == outputs?.repeated || loop.isInvariant(position)
                || loop.start(ofCounter: position) != nil
        }
    }

    /// True if others read nothing of the loop but what the node will give them.
    private var hasOnlyKnownReaders: Bool {
        (0..<view.outputCount(loop.node)).allSatisfy { position in
            position == cell.hidden || position == cell.cell || position == outputs?.position
                || loop.isInvariant(position) || !view.isRead(OutletID(node: loop.node, slot: position))
        }
    }

    func apply(to patch: inout FusionPatch) {
        let original = view.node(loop.node)
        guard let weights = constants() else { return }
        var inputs = [view.node(sequence.list).inputs[0]]
        inputs += weights.enumerated().map { patch.add(constant: $1, name: "\(original.name)/constant_\($0)") }
        inputs += [original.inputs[cell.hidden]] + (cell.cell.map { [original.inputs[$0]] } ?? [])
        for limit in loop.limits {
            switch limit.bound {
            case .value(let position): inputs.append(original.inputs[position])
            case .constant(let value): inputs.append(patch.add(constant: value, name: "\(original.name)/limit"))
            }
        }
        let stacks = outputs?.stacks
        if let outputs { inputs.append(view.node(outputs.makes).inputs[1]) }
        if let mask, let repeated = outputs?.repeated {
            inputs += [view.node(mask.list).inputs[0], original.inputs[repeated]]
        }
        // What only the replaced nodes read.
        let replaced = Set(nodes)
        for outlet in nodes.flatMap({ view.node($0).inputs }) {
            guard !replaced.contains(outlet.node), !inputs.contains(outlet), view.fact(outlet).constant == nil else {
                continue
            }
            inputs.append(outlet)
        }
        var results = [OutletID(node: loop.node, slot: cell.hidden)]
        if let position = cell.cell { results.append(OutletID(node: loop.node, slot: position)) }
        if let stacks { results.append(OutletID(node: stacks)) }
        let waits = Set(nodes.flatMap { view.node($0).controlInputs }).subtracting(nodes).sorted()
        let node = Node(
            name: original.name, op: cell.op, inputs: inputs, controlInputs: waits, attributes: attributes(),
            function: original.function)
        guard patch.replace(nodes, results: results, by: node) != nil else { return }
        for position in original.inputs.indices where loop.isInvariant(position) {
            patch.shunt(OutletID(node: loop.node, slot: position), to: original.inputs[position])
        }
    }

    private func attributes() -> Attributes {
        var attributes: [String: Attribute] = [
            "starts": .ints(loop.limits.map(\.start)), "has_list": .bool(outputs != nil),
            "makes_list": .bool(outputs?.stacks != nil), "keeps_steps": .bool(outputs?.keepsSteps ?? false),
            "is_masked": .bool(mask != nil),
            "row_count": .int(rowCount),
        ]
        if let stacks = outputs?.stacks, let count = view.node(stacks).attributes["num_elements"] {
            attributes["stacked_count"] = count
        }
        if case .gatedState = cell.kind { attributes["resets_before"] = .bool(true) }
        if case .plain(let activation) = cell.kind { attributes.merge(activation.attributes) { first, _ in first } }
        return Attributes(attributes)
    }

    /// The constants that the node reads, in order; nil if the memory for new ones is missing.
    private func constants() -> [Tensor]? {
        let units = cell.gates[0].recurrent.weights.shape[0]
        let gates = cell.gates
        guard let input = GateColumns.joined(gates.map(\.input), units: units),
            let recurrent = GateColumns.joined(gates.map(\.recurrent), units: units),
            let bias = GateColumns.summed(gates.map(\.biases), units: units)
        else { return nil }
        guard case .gatedReset = cell.kind else { return [input, recurrent, bias] }
        return GateColumns.summed([cell.candidateBiases], units: units).map { [input, recurrent, bias, $0] }
    }
}

extension RecurrentCell {
    /// The op that computes the layer.
    fileprivate var op: String {
        switch kind {
        case .longShortTerm: "FusedLSTM"
        case .gatedReset, .gatedState: "FusedGRU"
        case .plain: "FusedRNN"
        }
    }
}

/// Puts the columns of gates next to each other.
private enum GateColumns {
    /// A matrix with `units` columns of each term; the model's own if they stand so in it.
    static func joined(_ terms: [AffineForm.Term], units: Int) -> Tensor? {
        let weights = terms[0].weights
        let rows = weights.shape[0]
        let isWhole = terms.enumerated().allSatisfy { index, term in
            term.weights.buffer === weights.buffer && term.weights.shape == weights.shape && term.first == index * units
        }
        let columns = units * terms.count
        if isWhole, weights.shape[1] == columns { return weights }
        guard terms.allSatisfy({ $0.weights.shape[0] == rows }), let shape = TensorShape(validating: [rows, columns]),
            let joined = Tensor(allocating: .float, shape: shape)
        else { return nil }
        let target = joined.pointer(Float.self)
        for (index, term) in terms.enumerated() {
            let source = term.weights.pointer(Float.self) + term.first
            for row in 0..<rows {
                (target + row * columns + index * units).update(
                    from: source + row * term.weights.shape[1], count: units)
            }
        }
        return joined
    }

    /// For each gate the sum of its biases, one element a unit.
    static func summed(_ gates: [[AffineForm.Bias]], units: Int) -> Tensor? {
        guard let shape = TensorShape(validating: [units * gates.count]),
            let sum = Tensor(allocating: .float, shape: shape)
        else { return nil }
        let target = sum.pointer(Float.self)
        for (index, biases) in gates.enumerated() {
            for unit in 0..<units {
                target[index * units + unit] = biases.reduce(0) { total, bias in
                    total + bias.vector.pointer(Float.self)[bias.vector.elementCount == 1 ? 0 : bias.first + unit]
                }
            }
        }
        return sum
    }
}
