import Graphs
import MicrokernelTypes
import Tensors

/// The cell of a loop's body: which values are its states, and what its gates add up.
struct RecurrentCell {
    enum Kind {
        case longShortTerm
        case gatedReset
        case gatedState
        case plain(Activation)
    }

    let kind: Kind
    /// The position of the state that is also the output.
    let hidden: Int
    /// The position of an LSTM's other state.
    let cell: Int?
    /// The step of the sequence, of which the inputs' parts of the gates are made.
    let element: OutletID
    /// In the body: the state that a turn gives to rows that are not masked.
    let output: OutletID
    /// In the body: the mask, if there is one.
    let mask: OutletID?
    /// In the order of `RecurrentKernels`.
    let gates: [Gate]
    /// Of `gatedReset`: the biases of the recurrent sum of the candidate.
    let candidateBiases: [AffineForm.Bias]

    /// What is added up for a gate.
    struct Gate {
        let input: AffineForm.Term
        let recurrent: AffineForm.Term
        let biases: [AffineForm.Bias]
    }

    init?(_ loop: SequenceLoop) {
        for position in loop.body.results.indices where loop.body.fact(loop.body.results[position]).dataType == .float {
            if let cell = RecurrentCell(loop, hidden: position) {
                self = cell
                return
            }
        }
        return nil
    }

    private init?(_ loop: SequenceLoop, hidden: Int) {
        guard !loop.isInvariant(hidden) else { return nil }
        let equations = CellEquations(loop, hidden: hidden)
        guard let cell = equations.longShortTerm() ?? equations.gatedReset() ?? equations.plain() else { return nil }
        self = cell
    }

    fileprivate init?(
        _ kind: Kind, _ equations: CellEquations, cell: Int? = nil,
        _ forms: [(input: AffineForm, recurrent: AffineForm)],
        candidateBiases: [AffineForm.Bias] = [], resetState: OutletID? = nil
    ) {
        var gates: [Gate] = []
        var element: OutletID?
        for (index, form) in forms.enumerated() {
            let isCandidate = index == forms.count - 1
            guard form.input.columnCount == form.recurrent.columnCount,
                let recurrent = RecurrentCell.term(
                    form.recurrent,
                    { value in
                        if isCandidate, let resetState { value == resetState } else { equations.isHidden(value) }
                    }),
                let input = RecurrentCell.term(form.input, { $0 == element ?? $0 && equations.isElement($0) })
            else { return nil }
            element = input.value
            gates.append(Gate(input: input, recurrent: recurrent, biases: form.input.biases))
        }
        // Each gate has a column for each unit of the state.
        let units = gates[0].recurrent.weights.shape[0]
        guard units > 0, forms.allSatisfy({ $0.input.columnCount == units }),
            gates.allSatisfy({ $0.recurrent.weights.shape[0] == units && $0.input.weights.shape[0] > 0 }),
            let element
        else { return nil }
        self.kind = kind
        self.gates = gates
        self.cell = cell
        self.element = element
        self.candidateBiases = candidateBiases
        hidden = equations.hidden
        output = equations.output
        mask = equations.mask
    }

    /// The only term whose value is as wanted.
    private static func term(_ form: AffineForm, _ isWanted: (OutletID) -> Bool) -> AffineForm.Term? {
        let terms = form.terms.filter { isWanted($0.value) }
        return terms.count == 1 ? terms[0] : nil
    }
}

/// Looks for the equations of cells around one state of a loop.
private struct CellEquations {
    private let loop: SequenceLoop
    private let body: GraphView
    let hidden: Int
    let output: OutletID
    let mask: OutletID?

    init(_ loop: SequenceLoop, hidden: Int) {
        self.loop = loop
        body = loop.body
        self.hidden = hidden
        let state = MaskedValue(loop, loop.body.results[hidden], else: hidden)
        output = state.value
        mask = state.mask
    }

    func isHidden(_ outlet: OutletID) -> Bool { loop.position(outlet) == hidden }

    func isElement(_ outlet: OutletID) -> Bool { loop.element(outlet) != nil }

    /// `o * tanh(c')` with `c' = f * c + i * tanh(g)`.
    func longShortTerm() -> RecurrentCell? {
        for (outputGate, second) in operands(output, of: ["Mul"]) {
            guard let o = gate(outputGate, "Sigmoid"), let next = operand(second, of: "Tanh"), let cell = state(next)
            else { continue }
            for (kept, added) in operands(next, of: ["AddV2", "Add"]) {
                guard let f = product(kept, "Sigmoid", { loop.position($0) == cell }) else { continue }
                for (inputGate, candidate) in operands(added, of: ["Mul"]) {
                    guard let i = gate(inputGate, "Sigmoid"), let g = gate(candidate, "Tanh") else { continue }
                    return RecurrentCell(.longShortTerm, self, cell: cell, [i, f, g, o].map { ($0, $0) })
                }
            }
        }
        return nil
    }

    /// `z * h + (1 - z) * tanh(n + r * u)`.
    func gatedReset() -> RecurrentCell? {
        for (kept, added) in operands(output, of: ["AddV2", "Add"]) {
            for (updateGate, state) in operands(kept, of: ["Mul"]) where isHidden(state) {
                guard let z = gate(updateGate, "Sigmoid") else { continue }
                for (rest, next) in operands(added, of: ["Mul"]) where isRest(rest, of: updateGate) {
                    guard let sum = operand(next, of: "Tanh"), let cell = gatedReset(z, candidate: sum) else {
                        continue
                    }
                    return cell
                }
            }
        }
        return nil
    }

    private func gatedReset(_ z: AffineForm, candidate: OutletID) -> RecurrentCell? {
        // The only product with anything else than the state itself.
        if let n = AffineForm(candidate, in: body), n.terms.count == 2,
            let reset = n.terms.first(where: { body.op($0.value.node) == "Mul" })?.value,
            let r = product(reset, "Sigmoid", isHidden)
        {
            return RecurrentCell(.gatedState, self, [(z, z), (r, r), (n, n)], resetState: reset)
        }
        for (input, reset) in operands(candidate, of: ["AddV2", "Add"]) {
            guard let n = AffineForm(input, in: body), n.terms.count == 1 else { continue }
            for (resetGate, recurrent) in operands(reset, of: ["Mul"]) {
                guard let r = gate(resetGate, "Sigmoid"), let u = AffineForm(recurrent, in: body), u.terms.count == 1
                else { continue }
                return RecurrentCell(.gatedReset, self, [(z, z), (r, r), (n, u)], candidateBiases: u.biases)
            }
        }
        return nil
    }

    /// An activation of one sum.
    func plain() -> RecurrentCell? {
        for (op, activation) in [("Tanh", Activation(.tanh)), ("Relu", .rectifier), ("Sigmoid", Activation(.sigmoid))] {
            guard let sum = gate(output, op) else { continue }
            return RecurrentCell(.plain(activation), self, [(sum, sum)])
        }
        return nil
    }

    /// The position of the state whose next value is `outlet`, masked as the output is.
    private func state(_ outlet: OutletID) -> Int? {
        let outlet = body.source(outlet)
        return body.results.indices.first { position in
            guard position != hidden, body.fact(body.results[position]).dataType == .float else { return false }
            let state = MaskedValue(loop, body.results[position], else: position)
            return state.value == outlet && state.mask == mask
        }
    }

    /// The sum that `op` makes a gate of: of one product with the step of the sequence and one with the state.
    private func gate(_ outlet: OutletID, _ op: String) -> AffineForm? {
        guard let sum = operand(outlet, of: op), let form = AffineForm(sum, in: body), form.terms.count == 2 else {
            return nil
        }
        return form
    }

    /// The gate of a product of a gate and a value.
    private func product(_ outlet: OutletID, _ op: String, _ isWanted: (OutletID) -> Bool) -> AffineForm? {
        for (first, second) in operands(outlet, of: ["Mul"]) where isWanted(second) { return gate(first, op) }
        return nil
    }

    private func isRest(_ outlet: OutletID, of gate: OutletID) -> Bool {
        let source = body.source(outlet)
        let inputs = body.node(source.node).inputs
        return body.op(source.node) == "Sub" && inputs.count == 2 && body.scalar(inputs[0], maximumRank: 0) == 1
            && body.source(inputs[1]) == body.source(gate)
    }

    private func operand(_ outlet: OutletID, of op: String) -> OutletID? {
        let source = body.source(outlet)
        return body.op(source.node) == op ? body.node(source.node).inputs.first.map { body.source($0) } : nil
    }

    /// Both orders of the operands of an op for which the order means nothing; none for other nodes.
    private func operands(_ outlet: OutletID, of ops: Set<String>) -> [(OutletID, OutletID)] {
        let source = body.source(outlet)
        let inputs = body.node(source.node).inputs.map { body.source($0) }
        guard ops.contains(body.op(source.node)), inputs.count == 2 else { return [] }
        return [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
    }
}

/// A value that a turn gives to those rows only of which a mask is true; the others keep what they had.
struct MaskedValue {
    let value: OutletID
    /// The step of the mask, in the body.
    let mask: OutletID?
    /// How often the mask is repeated along the units.
    let times: Int

    /// Sees `outlet` so if rows that are masked keep the value at `position`.
    init(_ loop: SequenceLoop, _ outlet: OutletID, else position: Int) {
        let body = loop.body
        let source = body.source(outlet)
        let inputs = body.node(source.node).inputs
        guard body.op(source.node) == "SelectV2", loop.position(inputs[2]) == position,
            let (mask, times) = MaskedValue.spreadMask(body.source(inputs[0]), body)
        else {
            value = source
            mask = nil
            times = 1
            return
        }
        value = body.source(inputs[1])
        self.mask = mask
        self.times = times
    }

    /// The mask that `outlet` repeats along the units, and how often.
    private static func spreadMask(_ outlet: OutletID, _ body: GraphView) -> (OutletID, Int)? {
        guard body.op(outlet.node) == "Tile" else { return (outlet, 1) }
        let inputs = body.node(outlet.node).inputs
        guard let times = body.fact(inputs[1]).constant?.integers, times.count == 2, times[0] == 1 else { return nil }
        return (body.source(inputs[0]), times[1])
    }
}
