import Compiler
import Graphs
import Tensors
import Testing

/// The many spellings of activations, behind a product and alone.
@Suite struct ActivationFusionTests {
    struct Spelling: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let build: @Sendable (inout FusionSample, OutletID) -> OutletID

        init(_ name: String, _ build: @escaping @Sendable (inout FusionSample, OutletID) -> OutletID) {
            testDescription = name
            self.build = build
        }
    }

    static let recognised: [Spelling] = [
        Spelling("relu") { $0.node("Relu", [$1]) },
        Spelling("leaky") { $0.node("LeakyRelu", [$1], ["alpha": .float(0.1)]) },
        Spelling("leaky as maximum") { $0.node("Maximum", [$1, $0.node("Mul", [$1, $0.scalar(0.3)])]) },
        Spelling("elu") { $0.node("Elu", [$1]) },
        Spelling("tanh") { $0.node("Tanh", [$1]) },
        Spelling("softplus") { $0.node("Softplus", [$1]) },
        Spelling("clip") { $0.node("Maximum", [$0.node("Minimum", [$1, $0.scalar(0.5)]), $0.scalar(-0.25)]) },
        Spelling("clip by value") { $0.node("ClipByValue", [$1, $0.scalar(-0.25), $0.scalar(0.5)]) },
        Spelling("swish") { $0.node("Mul", [$1, $0.node("Sigmoid", [$1])]) },
        Spelling("swish with a factor of one") {
            $0.node("Mul", [$0.node("Sigmoid", [$0.node("Mul", [$0.scalar(1), $1])]), $1])
        },
        Spelling("hard sigmoid") {
            let line = $0.node("AddV2", [$0.node("Mul", [$1, $0.scalar(0.2)]), $0.scalar(0.5)])
            return $0.node("ClipByValue", [line, $0.scalar(0), $0.scalar(1)])
        },
        Spelling("hard swish") {
            let gate = $0.node("Relu6", [$0.node("AddV2", [$1, $0.scalar(3)])])
            return $0.node("Mul", [$1, $0.node("Mul", [gate, $0.scalar(1 / 6)])])
        },
        Spelling("hard swish divided last") {
            let gate = $0.node("Relu6", [$0.node("AddV2", [$1, $0.scalar(3)])])
            return $0.node("RealDiv", [$0.node("Mul", [gate, $1]), $0.scalar(6)])
        },
        Spelling("gelu") {
            let erf = $0.node("Erf", [$0.node("RealDiv", [$1, $0.scalar(1.4142135)])])
            return $0.node("Mul", [$0.node("Mul", [$0.scalar(0.5), $1]), $0.node("AddV2", [$0.scalar(1), erf])])
        },
        Spelling("gelu by the complement") {
            let erfc = $0.node("Erfc", [$0.node("Mul", [$0.node("Neg", [$1]), $0.scalar(0.70710677)])])
            return $0.node("Mul", [$0.node("Mul", [$1, $0.scalar(0.5)]), erfc])
        },
        Spelling("gelu with a distribution") {
            let erf = $0.node("Erf", [$0.node("Mul", [$1, $0.scalar(0.70710677)])])
            let share = $0.node("Mul", [$0.scalar(0.5), $0.node("AddV2", [erf, $0.scalar(1)])])
            return $0.node("Mul", [$1, share])
        },
        Spelling("gelu by tanh") {
            let cube = $0.node("Pow", [$1, $0.scalar(3)])
            let sum = $0.node("AddV2", [$1, $0.node("Mul", [$0.scalar(0.044715), cube])])
            let tanh = $0.node("Tanh", [$0.node("Mul", [$0.scalar(0.7978846), sum])])
            return $0.node("Mul", [$0.node("Mul", [$0.scalar(0.5), $1]), $0.node("AddV2", [$0.scalar(1), tanh])])
        },
        Spelling("gelu by tanh of a product") {
            let square = $0.node(
                "AddV2", [$0.scalar(1), $0.node("Mul", [$0.node("Square", [$1]), $0.scalar(0.044715)])])
            let tanh = $0.node("Tanh", [$0.node("Mul", [$0.node("Mul", [$1, square]), $0.scalar(0.7978846)])])
            return $0.node("Mul", [$0.node("Mul", [$0.node("AddV2", [tanh, $0.scalar(1)]), $0.scalar(0.5)]), $1])
        },
    ]

    @Test(arguments: recognised) func behindAProduct(_ spelling: Spelling) throws {
        var sample = FusionSample()
        let product = sample.node("MatMul", [sample.input("x"), sample.weights([3, 4], -3...3)])
        let biased = sample.node("AddV2", [sample.weights([4]), product])
        let y = spelling.build(&sample, biased)
        #expect(try sample.ops(y) == ["FusedMatMul"])
        try sample.check(y, with: [sample.numbers([9, 3], -2...2)], tolerance: 1e-4)
    }

    @Test(arguments: recognised) func alone(_ spelling: Spelling) throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let y = spelling.build(&sample, x)
        #expect(try sample.ops(y).count == 1)
        let values: [Float] = [0, -0.5, 1, 5, -5, 30, -30, 1e-6, 2.9, -2.9]
        try sample.check(y, with: [Tensor(values)])
        // What others read stays readable.
        try sample.check(y, sample.node("Exp", [x]), with: [Tensor(values)])
    }

    static let others: [Spelling] = [
        Spelling("swish of another value") {
            $0.node("Mul", [$1, $0.node("Sigmoid", [$0.node("Mul", [$1, $0.scalar(2)])])])
        },
        Spelling("gate of wrong height") {
            $0.node("Mul", [$1, $0.node("Relu6", [$0.node("AddV2", [$1, $0.scalar(3)])])])
        },
        Spelling("gelu of another slope") {
            let erf = $0.node("Erf", [$0.node("Mul", [$1, $0.scalar(0.7)])])
            return $0.node("Mul", [$0.node("Mul", [$0.scalar(0.5), $1]), $0.node("AddV2", [$0.scalar(1), erf])])
        },
        Spelling("a constant of higher rank") {
            $0.node("Maximum", [$1, $0.constant(Tensor([0 as Float], shape: [1, 1, 1]))])
        },
    ]

    @Test(arguments: others) func whatIsAnotherFunctionStays(_ spelling: Spelling) throws {
        var sample = FusionSample()
        let product = sample.node("MatMul", [sample.input("x"), sample.weights([3, 4], -3...3)])
        let y = spelling.build(&sample, product)
        #expect(try sample.ops(y).first == "MatMul")
        try sample.check(y, with: [sample.numbers([9, 3], -2...2)])
    }
}
