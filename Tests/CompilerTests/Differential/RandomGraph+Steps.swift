import Graphs
import Tensors

extension RandomGraph {
    private static let type: [String: Attribute] = ["T": .type(.float)]

    /// Adds one op that fits a value made before; leaves the graph alone if the one that was drawn fits none.
    mutating func addStep() {
        switch number(0...14) {
        case 0, 1: addUnary()
        case 2, 3, 4: addBinary()
        case 5: addProduct()
        case 6: addReduction()
        case 7: addPermutation()
        case 8: addResize()
        case 9: addJoin()
        case 10: addPart()
        case 11: addSelection()
        case 12: addParts()
        case 13: addChain()
        default: addCall()
        }
    }

    /// Keeps the result of the node just made if its numbers are small enough to be compared.
    private mutating func keep(_ outlet: OutletID, _ value: PlainTensor) {
        guard value.values.allSatisfy({ $0.magnitude < 4096 }), value.values.count <= 256, value.rank <= 5 else {
            return
        }
        floats.append(Value(outlet: outlet, plain: value))
    }

    private mutating func keep(
        _ op: String, _ inputs: [OutletID], _ plain: [PlainTensor], _ more: [String: Attribute] = [:]
    ) {
        let outlet = add(op, inputs, attributes: RandomGraph.type.merging(more) { $1 })
        keep(outlet, PlainOps.result(of: graph.nodes[outlet.node], plain))
    }

    /// Whether all elements are exact in a `Float`, so that steps and comparisons fall on the same side everywhere.
    private func isExact(_ value: PlainTensor) -> Bool {
        value.values.allSatisfy { ($0 * 64).rounded() == $0 * 64 }
    }

    private mutating func addUnary() {
        let x = anyFloat()
        let op = pick([
            "Neg", "Abs", "Relu", "Square", "Relu6", "ZerosLike", "Floor", "Sign", "Identity", "StopGradient",
            "Sigmoid", "Tanh", "Erf", "Softsign", "Elu", "Softplus",
        ])
        if op == "Identity" || op == "StopGradient" {
            return keep(add(op, [x.outlet], attributes: RandomGraph.type), x.plain)
        }
        if op == "Floor" || op == "Sign", !isExact(x.plain) { return }
        keep(op, [x.outlet], [x.plain])
    }

    /// Several element-wise ops, each of the one before and of any value.
    private mutating func addChain() {
        for _ in 0..<number(2...6) {
            let x = chance(70) ? floats[floats.count - 1] : anyFloat()
            guard chance(60) else {
                keep(pick(["Neg", "Abs", "Relu", "Sigmoid", "Tanh", "Elu"]), [x.outlet], [x.plain])
                continue
            }
            let y = anyFloat()
            guard PlainTensor.broadcast(x.plain.shape, y.plain.shape) != nil else { continue }
            keep(
                pick(["AddV2", "Sub", "Mul", "Maximum", "SquaredDifference"]), [x.outlet, y.outlet], [x.plain, y.plain])
        }
    }

    private mutating func addBinary() {
        let (a, b) = (anyFloat(), anyFloat())
        guard PlainTensor.broadcast(a.plain.shape, b.plain.shape) != nil else { return }
        let op = pick(["AddV2", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference", "Greater"])
        guard op == "Greater" else { return keep(op, [a.outlet, b.outlet], [a.plain, b.plain]) }
        guard isExact(a.plain), isExact(b.plain) else { return }
        let outlet = add(op, [a.outlet, b.outlet], attributes: RandomGraph.type)
        booleans.append(
            Value(outlet: outlet, plain: PlainOps.result(of: graph.nodes[outlet.node], [a.plain, b.plain])))
    }

    /// A product of matrices, often followed by a bias and an activation, as in a dense layer.
    private mutating func addProduct() {
        let matrices = floats.filter { $0.plain.rank == 2 }
        guard !matrices.isEmpty else { return }
        let a = pick(matrices)
        let (flipA, flipB) = (chance(30), chance(30))
        let (depth, width) = (a.plain.shape[flipA ? 0 : 1], number(1...3))
        let weights = plain(flipB ? [width, depth] : [depth, width])
        let b = source(weights.floats)
        let count = floats.count
        keep("MatMul", [a.outlet, b], [a.plain, weights], ["transpose_a": .bool(flipA), "transpose_b": .bool(flipB)])
        guard floats.count > count, chance(60) else { return }
        let bias = plain([width])
        keep("BiasAdd", [floats.last!.outlet, source(bias.floats)], [floats.last!.plain, bias])
        guard chance(60) else { return }
        keep("Relu", [floats.last!.outlet], [floats.last!.plain])
    }

    private mutating func addReduction() {
        let x = anyFloat()
        if chance(20), x.plain.rank > 0 {
            let axis = number(0...x.plain.rank - 1)
            return keep("Cumsum", [x.outlet, index(axis)], [x.plain, PlainTensor(shape: [], values: [Double(axis)])])
        }
        let axes = x.plain.shape.indices.filter { _ in chance(50) }
        keep(
            pick(["Sum", "Mean", "Max"]), [x.outlet, indices(axes)], [x.plain, vector(axes)],
            ["keep_dims": .bool(chance(50))])
    }

    private func vector(_ values: [Int]) -> PlainTensor {
        PlainTensor(shape: [values.count], values: values.map { Double($0) })
    }

    private mutating func addPermutation() {
        let x = anyFloat()
        let axes = Array(x.plain.shape.indices)
        if chance(30) {
            let some = axes.filter { _ in chance(50) }
            return keep("ReverseV2", [x.outlet, indices(some)], [x.plain, vector(some)])
        }
        let order = axes.shuffled(using: &random)
        keep("Transpose", [x.outlet, indices(order)], [x.plain, vector(order)])
    }

    private mutating func addResize() {
        let x = anyFloat()
        switch number(0...2) {
        case 0:
            let count = x.plain.values.count
            let divisors = (1...max(count, 1)).filter { count % $0 == 0 }
            let first = pick(divisors)
            let shape = chance(50) ? [first, count / first] : [count]
            keep("Reshape", [x.outlet, indices(shape)], [x.plain, vector(shape)])
        case 1:
            let axis = number(0...x.plain.rank)
            keep("ExpandDims", [x.outlet, index(axis)], [x.plain, PlainTensor(shape: [], values: [Double(axis)])])
        default: keep("Squeeze", [x.outlet], [x.plain])
        }
    }

    private mutating func addJoin() {
        let x = anyFloat()
        let like = floats.filter { $0.plain.shape == x.plain.shape }
        let parts = (0..<number(1...3)).map { _ in pick(like) }
        let outlets = parts.map(\.outlet)
        let count: [String: Attribute] = ["N": .int(parts.count)]
        if chance(50) {
            let axis = number(0...x.plain.rank)
            return keep("Pack", outlets, parts.map(\.plain), count.merging(["axis": .int(axis)]) { $1 })
        }
        guard x.plain.rank > 0, parts.count > 1 else { return }
        let axis = number(0...x.plain.rank - 1)
        keep(
            "ConcatV2", outlets + [index(axis)], parts.map(\.plain) + [PlainTensor(shape: [], values: [Double(axis)])],
            count)
    }

    private mutating func addPart() {
        let x = anyFloat()
        guard x.plain.rank > 0 else { return }
        switch number(0...3) {
        case 0:
            let begin = x.plain.shape.map { number(0...$0 - 1) }
            let size = zip(x.plain.shape, begin).map { number(1...$0 - $1) }
            keep("Slice", [x.outlet, indices(begin), indices(size)], [x.plain, vector(begin), vector(size)])
        case 1:
            let multiples = x.plain.shape.map { _ in number(1...2) }
            keep("Tile", [x.outlet, indices(multiples)], [x.plain, vector(multiples)])
        case 2:
            let paddings = (0..<x.plain.rank * 2).map { _ in number(0...1) }
            let pairs = source(Tensor(paddings.map { Int32($0) }, shape: [x.plain.rank, 2]))
            keep("Pad", [x.outlet, pairs], [x.plain, vector(paddings)])
        default:
            let axis = number(0...x.plain.rank - 1)
            let rows = (0..<number(1...3)).map { _ in number(0...x.plain.shape[axis] - 1) }
            keep(
                "GatherV2", [x.outlet, indices(rows), index(axis)],
                [x.plain, vector(rows), PlainTensor(shape: [], values: [Double(axis)])],
                ["Tparams": .type(.float), "Tindices": .type(.int32), "Taxis": .type(.int32)])
        }
    }

    private mutating func addSelection() {
        guard !booleans.isEmpty else { return }
        let (condition, a, b) = (pick(booleans), anyFloat(), anyFloat())
        guard let shape = PlainTensor.broadcast(a.plain.shape, b.plain.shape),
            PlainTensor.broadcast(condition.plain.shape, shape) != nil
        else { return }
        keep("SelectV2", [condition.outlet, a.outlet, b.outlet], [condition.plain, a.plain, b.plain])
    }

    /// An op with several outputs.
    private mutating func addParts() {
        let x = anyFloat()
        let axes = x.plain.shape.indices.filter { x.plain.shape[$0] > 1 }
        guard !axes.isEmpty else { return }
        let axis = pick(Array(axes))
        let count = x.plain.shape[axis]
        let outlet =
            chance(50)
            ? add(
                "Split", [index(axis), x.outlet],
                attributes: RandomGraph.type.merging(["num_split": .int(count)]) { $1 })
            : add(
                "Unpack", [x.outlet],
                attributes: RandomGraph.type.merging(["num": .int(count), "axis": .int(axis)]) { $1 })
        keepAll(outlet.node, count: count)
    }

    private mutating func keepAll(_ node: Int, count: Int) {
        var interpreter = PlainInterpreter(graph, library: library, arguments: knownArguments)
        for slot in 0..<count {
            let outlet = OutletID(node: node, slot: slot)
            keep(outlet, interpreter.value(of: outlet))
        }
    }

    /// What the reference interpreter is given: the fed nodes, and in a function the parameters.
    private var knownArguments: [Int: PlainTensor] {
        guard depth > 0 else { return argumentValues }
        let parameters = floats.filter { graph.nodes[$0.outlet.node].op == "_Arg" }
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0.outlet.node, $0.plain) })
    }

    /// A call of a new function, whose body is random, too.
    private mutating func addCall() {
        guard depth == 0 else { return }
        let inputs = (0..<number(1...2)).map { _ in anyFloat() }
        var body = RandomGraph(body: inputs.map(\.plain), size: number(2...6), random: random)
        let results = (0..<number(1...2)).map { _ in body.anyFloat() }
        random = body.random
        let name = "f\(functions.count)"
        functions.append(
            FunctionDefinition(
                name: name, body: body.graph, parameters: inputs.indices.map { ("p\($0)", .float) },
                results: results.map(\.outlet), controlResults: [], attributes: Attributes()))
        let outlet = add(
            pick(["PartitionedCall", "StatefulPartitionedCall"]), inputs.map(\.outlet),
            attributes: [
                "f": .function(FunctionReference(name: name)), "Tin": .types(inputs.map { _ in .float }),
                "Tout": .types(results.map { _ in .float }),
            ])
        for (slot, result) in results.enumerated() { keep(OutletID(node: outlet.node, slot: slot), result.plain) }
    }
}
