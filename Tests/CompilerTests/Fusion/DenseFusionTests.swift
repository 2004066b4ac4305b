import Execution
import Graphs
import Kernels
import ServingCore
import Tensors
import Testing

@testable import Compiler

/// Products over the last dimension, normalisations and attention, in the spellings of exporters.
@Suite struct DenseFusionTests {
    @Test func denseLayersOfSequencesBecomeOneNode() throws {
        var net = SmallNet()
        let x = net.input("x", [-1, -1, 6])
        let y = net.dense(x, net.floats([6, 5]), net.floats([5]))
        try net.check(y, [("x", [2, 3, 6])], remaining: ["FusedBatchMatMulV2"])
    }

    @Test func denseLayersOfOtherShapesStayAsTheyAre() throws {
        var net = SmallNet()
        let x = net.input("x", [-1, -1, 6])
        // The result gets another shape than the input.
        let rows = net.node("Reshape", [x, net.integers([-1, 6])])
        let product = net.node("MatMul", [rows, net.floats([6, 4])])
        let y = net.node("Reshape", [product, net.integers([2, -1])])
        try net.check(y, [("x", [2, 3, 6])], remaining: ["Reshape", "MatMul", "Reshape"])
    }

    @Test func biasesMoveBeforeHeads() throws {
        var net = SmallNet()
        let x = net.input("x", [-1, 4, 6])
        let product = net.node("BatchMatMulV2", [x, net.floats([6, 15])])
        let heads = net.node("Reshape", [product, net.integers([-1, 4, 3, 5])])
        let y = net.node("AddV2", [heads, net.floats([3, 5])])
        try net.check(y, [("x", [2, 4, 6])], remaining: ["FusedBatchMatMulV2", "Reshape"])
    }

    /// The spellings of Keras 3, of `tf.nn.batch_normalization` and of those who divide by a root.
    @Test(arguments: 0..<4) func normalizationsBecomeOneNode(_ spelling: Int) throws {
        var net = SmallNet()
        let x = net.input("x", [-1, 37])
        let mean = net.node("Mean", [x, net.integers([spelling == 1 ? 1 : -1])], ["keep_dims": .bool(true)])
        let square = net.node("SquaredDifference", [x, mean])
        let variance = net.node("Mean", [square, net.integers([-1])], ["keep_dims": .bool(true)])
        let sum = net.node("AddV2", [variance, net.scalar(0.01)])
        let (gamma, beta) = (net.floats([1, 37]), net.floats([37]))
        let y: OutletID
        switch spelling {
        case 0:
            let factor = net.node("Mul", [net.node("Rsqrt", [sum]), gamma])
            let shift = net.node("AddV2", [net.node("Mul", [net.node("Neg", [mean]), factor]), beta])
            y = net.node("AddV2", [net.node("Mul", [x, factor]), shift])
        case 1:
            let factor = net.node("Mul", [net.node("Rsqrt", [sum]), gamma])
            let shift = net.node("Sub", [beta, net.node("Mul", [mean, factor])])
            y = net.node("AddV2", [net.node("Mul", [x, factor]), shift])
        case 2:
            let difference = net.node("Sub", [x, mean])
            let rows = net.node("RealDiv", [difference, net.node("Sqrt", [sum])])
            y = net.node("AddV2", [net.node("Mul", [gamma, rows]), beta])
        default:
            let rows = net.node("Mul", [net.node("Sub", [x, mean]), net.node("Rsqrt", [sum])])
            y = net.node("Mul", [rows, gamma])
        }
        try net.check(y, [("x", [5, 37])], remaining: ["FusedLayerNormalization"])
    }

    @Test func rootMeanSquaresBecomeOneNode() throws {
        var net = SmallNet()
        let x = net.input("x", [-1, 21])
        let mean = net.node(
            "Mean", [net.node("Square", [x]), net.integers([-1])], ["keep_dims": .bool(true)])
        let factor = net.node("Rsqrt", [net.node("AddV2", [mean, net.scalar(1e-3)])])
        let y = net.node("Mul", [net.node("Mul", [x, factor]), net.floats([21])])
        try net.check(y, [("x", [4, 21])], remaining: ["FusedLayerNormalization"])
    }

    @Test func normalizationsOverOtherDimensionsStay() throws {
        var net = SmallNet()
        let x = net.input("x", [-1, 3, 7])
        let mean = net.node("Mean", [x, net.integers([1])], ["keep_dims": .bool(true)])
        let square = net.node("SquaredDifference", [x, mean])
        let variance = net.node("Mean", [square, net.integers([1])], ["keep_dims": .bool(true)])
        let factor = net.node("Rsqrt", [net.node("AddV2", [variance, net.scalar(0.01)])])
        let y = net.node("Mul", [net.node("Sub", [x, mean]), factor])
        try net.check(
            y, [("x", [2, 3, 7])], remaining: ["Mean", "SquaredDifference", "Mean", "AddV2", "Rsqrt", "Sub", "Mul"])
    }

    @Test func attentionOfEinsumsBecomesOneNode() throws {
        for equations in [("BTNH,BSNH->BNTS", "BNTS,BSNH->BTNH"), ("aecd,abcd->acbe", "acbe,aecd->abcd")] {
            for hasMask in [false, true] {
                var net = SmallNet()
                let query = net.input("q", [-1, -1, 3, 8])
                let keys = net.input("k", [-1, -1, 3, 8])
                let values = net.input("v", [-1, -1, 3, 4])
                let isSwapped = equations.0.hasPrefix("a")
                var scores = net.node(
                    "Einsum", isSwapped ? [keys, query] : [query, keys],
                    ["equation": .string(Array(equations.0.utf8))])
                scores = net.node("Mul", [scores, net.scalar(0.25)])
                if hasMask { scores = net.node("AddV2", [scores, net.input("m", [-1, 1, 1, -1])]) }
                let weights = net.node("Softmax", [scores])
                let y = net.node("Einsum", [weights, values], ["equation": .string(Array(equations.1.utf8))])
                var feeds: [(String, TensorShape)] = [
                    ("q", [2, 5, 3, 8]), ("k", [2, 19, 3, 8]), ("v", [2, 19, 3, 4]),
                ]
                if hasMask { feeds.append(("m", [2, 1, 1, 19])) }
                try net.check(y, feeds, remaining: ["FusedAttention"])
            }
        }
    }

    @Test func attentionOfBatchedProductsBecomesOneNode() throws {
        for isTransposed in [false, true] {
            var net = SmallNet()
            let query = net.transposed(net.input("q", [-1, -1, 2, 40]), [0, 2, 1, 3])
            let keys = net.transposed(net.input("k", [-1, -1, 2, 40]), isTransposed ? [0, 2, 1, 3] : [0, 2, 3, 1])
            let values = net.transposed(net.input("v", [-1, -1, 2, 40]), [0, 2, 1, 3])
            let scores = net.node("BatchMatMulV2", [query, keys], ["adj_y": .bool(isTransposed)])
            let scaled = net.node("RealDiv", [scores, net.scalar(6.5)])
            let masked = net.node("AddV2", [net.input("m", [-1, 1, -1, -1]), scaled])
            let product = net.node("BatchMatMulV2", [net.node("Softmax", [masked]), values])
            let y = net.transposed(product, [0, 2, 1, 3])
            try net.check(
                y, [("q", [2, 33, 2, 40]), ("k", [2, 70, 2, 40]), ("v", [2, 70, 2, 40]), ("m", [2, 1, 33, 70])],
                remaining: ["FusedAttention"])
        }
    }

    @Test func attentionWithoutHeadsBecomesOneNode() throws {
        var net = SmallNet()
        let (query, keys) = (net.input("q", [-1, -1, 9]), net.input("k", [-1, -1, 9]))
        let scores = net.node("BatchMatMulV2", [query, keys], ["adj_y": .bool(true)])
        let y = net.node("BatchMatMulV2", [net.node("Softmax", [scores]), net.input("v", [-1, -1, 5])])
        try net.check(y, [("q", [3, 1, 9]), ("k", [3, 6, 9]), ("v", [3, 6, 5])], remaining: ["FusedAttention"])
    }

    /// What the fused node was not made for: operands that are broadcast, and errors.
    @Test func otherShapesOfAttentionAnswerAsBefore() throws {
        var net = SmallNet()
        let (query, keys) = (net.input("q", [-1, -1, 9]), net.input("k", [-1, -1, 9]))
        let scores = net.node("BatchMatMulV2", [query, keys], ["adj_y": .bool(true)])
        let y = net.node("BatchMatMulV2", [net.node("Softmax", [scores]), net.input("v", [-1, -1, 5])])
        try net.check(y, [("q", [3, 2, 9]), ("k", [1, 6, 9]), ("v", [3, 6, 5])], remaining: ["FusedAttention"])
        try net.check(y, [("q", [2, 0, 9]), ("k", [2, 6, 9]), ("v", [2, 6, 5])], remaining: ["FusedAttention"])
        try net.checkFailure(y, [("q", [3, 2, 9]), ("k", [3, 6, 8]), ("v", [3, 6, 5])])
        try net.checkFailure(y, [("q", [3, 2, 9]), ("k", [3, 6, 9]), ("v", [3, 7, 5])])
    }

    @Test func scoresThatAreReadElsewhereStay() throws {
        var net = SmallNet()
        let (query, keys) = (net.input("q", [-1, -1, 9]), net.input("k", [-1, -1, 9]))
        let scores = net.node("BatchMatMulV2", [query, keys], ["adj_y": .bool(true)])
        let weights = net.node("Softmax", [scores])
        let y = net.node("BatchMatMulV2", [weights, net.input("v", [-1, -1, 9])])
        let sum = net.node("AddV2", [y, net.node("BatchMatMulV2", [weights, query])])
        try net.check(
            sum, [("q", [2, 6, 9]), ("k", [2, 6, 9]), ("v", [2, 6, 9])],
            remaining: ["BatchMatMulV2", "Softmax", "BatchMatMulV2", "BatchMatMulV2", "AddV2"])
    }
}

/// A graph with float inputs and random constants.
private struct SmallNet {
    private var graph = Graph()
    private var inputs: [(name: String, fact: TensorFact)] = []
    private var state: UInt32 = 1

    mutating func node(_ op: String, _ inputs: [OutletID], _ attributes: [String: Attribute] = [:]) -> OutletID {
        var attributes = attributes
        if attributes["T"] == nil { attributes["T"] = .type(.float) }
        return OutletID(
            node: graph.add(
                Node(name: "\(op)_\(graph.nodes.count)", op: op, inputs: inputs, attributes: Attributes(attributes))))
    }

    mutating func input(_ name: String, _ shape: [Int]) -> OutletID {
        inputs.append((name, TensorFact(.float, PartialShape(shape))))
        return OutletID(
            node: graph.add(Node(name: name, op: "Placeholder", attributes: Attributes(["dtype": .type(.float)]))))
    }

    private mutating func constant(_ tensor: Tensor) -> OutletID {
        node("Const", [], ["value": .tensor(tensor), "dtype": .type(tensor.dataType)])
    }

    mutating func integers(_ values: [Int32]) -> OutletID { constant(Tensor(values)) }

    mutating func scalar(_ value: Float) -> OutletID { constant(Tensor([value], shape: [])) }

    mutating func floats(_ shape: TensorShape) -> OutletID { constant(random(shape)) }

    mutating func transposed(_ x: OutletID, _ order: [Int32]) -> OutletID { node("Transpose", [x, integers(order)]) }

    /// As `tf.tensordot` writes it.
    mutating func dense(_ x: OutletID, _ weights: OutletID, _ bias: OutletID) -> OutletID {
        let shape = node("Shape", [x])
        let zero = constant(Tensor([Int32(0)], shape: []))
        let free = node("GatherV2", [shape, integers([0, 1]), zero], ["batch_dims": .int(0)])
        let axes = node("GatherV2", [shape, integers([2]), zero], ["batch_dims": .int(0)])
        let counts = [free, axes].map { node("Prod", [$0, integers([0])], ["T": .type(.int32)]) }
        let sizes = node("Pack", counts, ["N": .int(2), "T": .type(.int32)])
        let rows = node("Reshape", [transposed(x, [0, 1, 2]), sizes])
        let product = node("MatMul", [rows, weights])
        let result = node("ConcatV2", [free, integers([5]), zero], ["N": .int(2), "T": .type(.int32)])
        return node("BiasAdd", [node("Reshape", [product, result]), bias])
    }

    private mutating func random(_ shape: TensorShape) -> Tensor {
        Tensor(
            (0..<shape.elementCount).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 23) - 1
            }, shape: shape)
    }

    private func program(_ result: OutletID, _ fusions: Set<GraphCompiler.Options.Fusion>) throws(Status) -> Program {
        var options = GraphCompiler.Options()
        options.fusions = fusions
        let compiler = GraphCompiler(library: FunctionLibrary(), resources: ResourceStore(), options: options)
        let prepared = try compiler.prepare(
            graph, feeds: inputs.map { (tensorName: $0.name, fact: $0.fact) },
            fetches: [graph.nodes[result.node].name])
        return try compiler.compile(prepared)
    }

    private mutating func arguments(_ feeds: [(String, TensorShape)]) -> [Tensor] {
        let names = inputs.map(\.name)
        return names.map { name in random(feeds.first { $0.0 == name }!.1) }
    }

    /// Compares the results with fusions and without, and the ops that are left.
    mutating func check(_ result: OutletID, _ feeds: [(String, TensorShape)], remaining: [String]) throws {
        let arguments = arguments(feeds)
        let fused = try program(result, Set(GraphCompiler.Options.Fusion.allCases).subtracting([.elementwise]))
        #expect(fused.steps.map(\.op).sorted() == remaining.sorted())
        let expected = try program(result, []).run(arguments, in: ExecutionContext())[0]
        let actual = try fused.run(arguments, in: ExecutionContext())[0]
        #expect(actual.shape == expected.shape)
        for (a, b) in zip(actual.array(Float.self), expected.array(Float.self)) {
            #expect(abs(a - b) <= 2e-5 * max(1, abs(b)))
        }
    }

    /// Compares the errors with fusions and without.
    mutating func checkFailure(_ result: OutletID, _ feeds: [(String, TensorShape)]) throws {
        let arguments = arguments(feeds)
        let errors = try [[], Set(GraphCompiler.Options.Fusion.allCases)].map { fusions in
            let program = try program(result, fusions)
            return #expect(throws: Status.self) { try program.run(arguments, in: ExecutionContext()) }
        }
        #expect(errors[0]?.message == errors[1]?.message)
    }
}
