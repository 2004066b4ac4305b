import Graphs
import MicrokernelTypes
import ServingCore
import Tensors
import Testing
import Threading

@testable import Kernels

/// Convolutions with a constant filter and their epilogues over random problems, against element-by-element sums.
@Suite struct PackedConvolutionTests {
    private static let activations: [Activation] = [
        .linear, .rectifier, .rectifier6, Activation(.leakyRectifier, 0.25), Activation(.hardSigmoid, 0.5, 0.5),
    ]

    @Test(arguments: ["SAME", "VALID", "EXPLICIT"]) func convolutionsAgreeWithPlainSums(padding: String) throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(21)
        for round in 0..<60 {
            let problem = FusedProblem(&numbers, padding: padding, activation: Self.activations[round % 5])
            let output = try runner.run(
                "FusedConv2D", problem.attributes, problem.inputs, constants: problem.constants)[0]
            #expect(output.shape == problem.plain.outputShape, "\(problem.plain)")
            #expect(problem.agrees(output), "\(problem.plain)")
        }
    }

    /// With every number of threads the work is cut another way.
    @Test(arguments: [2, 3, 5]) func severalThreadsAgreeWithPlainSums(threads: Int) throws {
        let pool = ThreadPool(name: "test", threadCount: threads)
        defer { pool.stop() }
        let runner = OpRunner(threads: pool)
        var numbers = SeededNumbers(UInt64(22 + threads))
        for round in 0..<12 {
            var plain = PlainConvolution(
                &numbers, groups: round % 4 == 3 ? 2 : 1, isChannelsFirst: false,
                padding: ["SAME", "VALID", "EXPLICIT"][round % 3])
            plain.batch = [1, 2, 5][round % 3]
            plain.inputChannels = plain.groups * [3, 8, 17][round % 3]
            plain.outputChannels = plain.groups * [8, 40, 70][round / 3 % 3]
            let problem = FusedProblem(plain, &numbers, activation: Self.activations[round % 5])
            let output = try runner.run(
                "FusedConv2D", problem.attributes, problem.inputs, constants: problem.constants)[0]
            #expect(problem.agrees(output), "\(problem.plain)")
        }
    }

    @Test func filterOfUnknownValueGivesTheSame() throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(23)
        let problem = FusedProblem(&numbers, padding: "SAME", activation: .rectifier)
        let output = try runner.run("FusedConv2D", problem.attributes, problem.inputs)[0]
        #expect(problem.agrees(output))
    }

    @Test func emptyBatchGivesAnEmptyResult() throws {
        let filter = Tensor([Float](repeating: 1, count: 3 * 3 * 2 * 4), shape: [3, 3, 2, 4])
        let output = try OpRunner().run(
            "Conv2D", ["strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8))],
            [Tensor([Float](), shape: [0, 5, 5, 2]), filter], constants: [1])[0]
        #expect(output.shape == [0, 5, 5, 4])
    }

    @Test func channelsThatTheFilterDoesNotFitAreRefused() {
        let filter = Tensor([Float](repeating: 1, count: 3 * 3 * 2 * 4), shape: [3, 3, 2, 4])
        let runner = OpRunner()
        let failure = #expect(throws: Status.self) {
            try runner.run(
                "Conv2D", ["strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8))],
                [Tensor([Float](repeating: 0, count: 75), shape: [1, 5, 5, 3]), filter], constants: [1])
        }
        #expect(failure?.message.hasPrefix("input depth must be evenly divisible by filter depth: 3 vs 2") == true)
    }

    /// Borders far larger than the picture do not take memory without need.
    @Test func hugeBordersTakeLittleMemory() throws {
        let filter = Tensor([Float](repeating: 1, count: 2), shape: [1, 1, 1, 2])
        let pads = 1 << 28
        let output = try OpRunner(memoryLimit: 1 << 20).run(
            "Conv2D",
            [
                "strides": .ints([1, pads, pads, 1]), "padding": .string(Array("EXPLICIT".utf8)),
                "explicit_paddings": .ints([0, 0, pads, pads, pads, pads, 0, 0]),
            ], [Tensor([Float(3)], shape: [1, 1, 1, 1]), filter], constants: [1])[0]
        #expect(output.array(Float.self) == [0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func residualOfAnotherShapeIsRefused() {
        var numbers = SeededNumbers(24)
        let runner = OpRunner()
        let attributes: [String: Attribute] = [
            "strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8)), "residual": .bool(true),
        ]
        let failure = #expect(throws: Status.self) {
            try runner.run(
                "FusedConv2D", attributes,
                [numbers.tensor([1, 4, 4, 2]), numbers.tensor([3, 3, 2, 4]), numbers.tensor([1, 4, 1, 4])],
                constants: [1])
        }
        #expect(failure?.message.hasPrefix("Incompatible shapes: [1,4,4,4] vs. [1,4,1,4]") == true)
    }
}

/// A convolution with an epilogue, and its plain result. All sums are multiples of 1/64, so one that lacks a product is far off.
private struct FusedProblem {
    let plain: PlainConvolution
    let inputs: [Tensor]
    let attributes: [String: Attribute]
    let expected: [Float]
    /// The filter and the bias.
    let constants: Set<Int>

    init(_ numbers: inout SeededNumbers, padding: String, activation: Activation) {
        var plain = PlainConvolution(
            &numbers, groups: numbers.next(1...3), isChannelsFirst: false, padding: padding)
        if numbers.next(0...2) == 0 { plain.window = (1, 1) }
        if numbers.next(0...1) == 0 { plain.strides = (1, 1) }
        if numbers.next(0...2) == 0 { plain.outputChannels = plain.groups * numbers.next(1...50) }
        self.init(plain, &numbers, activation: activation)
    }

    init(_ plain: PlainConvolution, _ numbers: inout SeededNumbers, activation: Activation) {
        self.plain = plain
        let hasBias = numbers.next(0...1) == 0
        let hasResidual = numbers.next(0...1) == 0
        let (input, filter) = (numbers.tensor(plain.inputShape), numbers.tensor(plain.filterShape))
        let bias = numbers.tensor([plain.outputChannels])
        let residual = numbers.tensor(plain.outputShape)
        inputs = [input, filter] + (hasBias ? [bias] : []) + (hasResidual ? [residual] : [])
        constants = hasBias ? [1, 2] : [1]
        attributes = plain.attributes.merging(activation.attributes) { $1 }
            .merging(["bias": .bool(hasBias), "residual": .bool(hasResidual)]) { $1 }
        var result = [Float](repeating: 0, count: plain.outputShape.elementCount)
        let (x, w) = (input.array(Float.self), filter.array(Float.self))
        plain.forEachProduct { result[$2] += x[$0] * w[$1] }
        let (biasValues, residualValues) = (bias.array(Float.self), residual.array(Float.self))
        for index in result.indices {
            if hasBias { result[index] += biasValues[index % plain.outputChannels] }
            if hasResidual { result[index] += residualValues[index] }
        }
        VectorKernels.current.activate(activation, &result, result.count)
        expected = result
    }

    /// True if `output` is the result, but for the little that transformed tiles may differ.
    func agrees(_ output: Tensor) -> Bool {
        let values = output.array(Float.self)
        return values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1 / 512 }
    }
}
