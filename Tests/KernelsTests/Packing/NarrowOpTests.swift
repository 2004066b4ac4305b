import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors
import Testing

@testable import Kernels

/// Ops whose weights are exact in every precision give the same in each; others what the rounded weights give.
@Suite struct NarrowOpTests {
    private struct Problem {
        var op: String
        var attributes: [String: Attribute] = [:]
        var inputs: [Tensor]
        var constants: Set<Int> = [1]
    }

    /// Multiples of 1/64 of which the first row has the largest, 127/64, so that scales are 1/64.
    private static func exactWeights(_ shape: TensorShape, _ numbers: inout SeededNumbers) -> Tensor {
        let columns = shape[shape.rank - 1]
        return Tensor(
            (0..<shape.elementCount).map { $0 < columns ? 127.0 / 64 : Float(numbers.next(-127...127)) / 64 },
            shape: shape)
    }

    private static func convolution(
        _ filter: TensorShape, size: Int, stride: Int, groups: Int = 1, _ numbers: inout SeededNumbers
    ) -> Problem {
        Problem(
            op: "Conv2D",
            attributes: [
                "strides": .ints([1, stride, stride, 1]), "padding": .string(Array("SAME".utf8)),
            ], inputs: [numbers.tensor([2, size, size, filter[2] * groups]), exactWeights(filter, &numbers)])
    }

    private static func problems() -> [Problem] {
        var numbers = SeededNumbers(51)
        var problems = [(1, 130, 131), (3, 257, 64), (40, 128, 129), (2, 4099, 5)].map { rows, depth, columns in
            Problem(
                op: "MatMul", inputs: [numbers.tensor([rows, depth]), exactWeights([depth, columns], &numbers)])
        }
        problems.append(
            Problem(
                op: "Einsum", attributes: ["equation": .string(Array("abc,cd->abd".utf8))],
                inputs: [numbers.tensor([2, 3, 200]), exactWeights([200, 90], &numbers)]))
        problems.append(convolution([1, 1, 128, 160], size: 7, stride: 1, &numbers))
        problems.append(convolution([3, 3, 33, 70], size: 9, stride: 2, &numbers))
        problems.append(convolution([5, 3, 40, 64], size: 6, stride: 1, groups: 2, &numbers))
        return problems
    }

    private static func kernel(_ problem: Problem, _ precision: WeightPrecision) throws -> any Kernel {
        let node = Node(
            name: "node", op: problem.op, inputs: problem.inputs.indices.map { OutletID(node: $0) },
            attributes: Attributes(problem.attributes))
        let facts = NodeFacts(
            node: node,
            inputs: problem.inputs.enumerated().map {
                problem.constants.contains($0) ? TensorFact(constant: $1) : TensorFact($1.dataType)
            })
        let definition = try #require(OpRunner.registry[problem.op])
        let construction = KernelConstruction(
            facts: facts, outputs: try definition.infer(facts), resources: ResourceStore(), precision: precision
        ) { (_) throws(Status) in throw .unimplemented("no functions here") }
        return try definition.makeKernel(construction)
    }

    private static func run(_ problem: Problem, _ precision: WeightPrecision) throws -> [[Float]] {
        let kernel = try kernel(problem, precision)
        #expect(kernel.weightReductions.isEmpty == (precision == .float), "\(problem.op)")
        let count = problem.inputs.count
        let outputs = try #require(OpRunner.registry[problem.op]).infer(
            NodeFacts(
                node: Node(
                    name: "node", op: problem.op, inputs: problem.inputs.indices.map { OutletID(node: $0) },
                    attributes: Attributes(problem.attributes)),
                inputs: problem.inputs.map { TensorFact($0.dataType) })
        ).count
        let step = Program.Step(
            kernel: kernel, op: problem.op, label: "node", inputs: (0..<count).map { Int32($0) },
            outputs: (count..<count + outputs).map { Int32($0) }, lastUses: problem.inputs.map { _ in false },
            releases: [])
        let program = Program(
            steps: [step], slotCount: count + outputs, constants: [], argumentSlots: (0..<count).map { Int32($0) },
            resultSlots: (count..<count + outputs).map { Int32($0) })
        return try program.run(problem.inputs, in: ExecutionContext(environment: EmptyEnvironment())).map {
            $0.array(Float.self)
        }
    }

    @Test(arguments: [WeightPrecision.bf16, .int8Weights])
    func exactWeightsGiveWhatTheyGiveAsFloat(_ precision: WeightPrecision) throws {
        for problem in Self.problems() {
            let (expected, actual) = (try Self.run(problem, .float), try Self.run(problem, precision))
            #expect(actual == expected, "\(problem.op) \(problem.inputs.map(\.shape))")
        }
    }

    /// An LSTM and both kinds of GRU and a plain cell, over several steps.
    @Test(arguments: [WeightPrecision.bf16, .int8Weights])
    func recurrentLayersGiveWhatTheirWeightsGiveAsFloat(_ precision: WeightPrecision) throws {
        var numbers = SeededNumbers(52)
        let (steps, rows, width, units) = (3, 2, 70, 130)
        for (op, gates, resetsBefore) in [
            ("FusedLSTM", 4, false), ("FusedGRU", 3, false), ("FusedGRU", 3, true), ("FusedRNN", 1, false),
        ] {
            func weights(_ shape: TensorShape) -> Tensor {
                let exact = Self.exactWeights(shape, &numbers)
                return Tensor(exact.array(Float.self).map { $0 / 16 }, shape: shape)
            }
            var inputs = [
                numbers.tensor([steps, rows, width * 4]), weights([width * 4, gates * units]),
                weights([units, gates * units]),
                numbers.tensor([gates * units]),
            ]
            if op == "FusedGRU", !resetsBefore { inputs.append(numbers.tensor([units])) }
            let constants = Set(1..<inputs.count)
            inputs.append(numbers.tensor([rows, units]))
            if op == "FusedLSTM" { inputs.append(numbers.tensor([rows, units])) }
            inputs.append(Tensor([Int32(steps)], shape: []))
            let problem = Problem(
                op: op,
                attributes: ["starts": .ints([0]), "resets_before": .bool(resetsBefore)],
                inputs: inputs, constants: constants)
            let (expected, actual) = (try Self.run(problem, .float), try Self.run(problem, precision))
            for (expected, actual) in zip(expected.joined(), actual.joined()) {
                #expect(abs(expected - actual) < 1e-4, "\(op) \(resetsBefore)")
            }
        }
    }

    /// Any weights: the result is that of the rounded ones, which are not far from the others.
    @Test(arguments: [WeightPrecision.bf16, .int8Weights])
    func resultsAreAsNearAsTheWeights(_ precision: WeightPrecision) throws {
        var numbers = SeededNumbers(53)
        for (rows, depth, columns) in [(1, 300, 90), (9, 128, 200), (31, 1031, 17)] {
            let weights = Tensor(
                (0..<depth * columns).map { _ in Float(numbers.next(-99_999...99_999)) / 77_777 },
                shape: [depth, columns])
            let problem = Problem(op: "MatMul", inputs: [numbers.tensor([rows, depth]), weights])
            let actual = try Self.run(problem, precision)[0]
            let (a, b) = (problem.inputs[0].array(Float.self), weights.array(Float.self))
            for row in 0..<rows {
                for column in 0..<columns {
                    var (sum, magnitude, largest) = (0.0, 0.0, 0.0)
                    for term in 0..<depth { largest = max(largest, abs(Double(b[term * columns + column]))) }
                    var exact = 0.0
                    for term in 0..<depth {
                        let weight = b[term * columns + column]
                        let rounded: Double
                        if precision == .bf16 {
                            rounded = Double(BFloat16(weight).floatValue)
                        } else {
                            let scale = Float(largest) / 127
                            rounded = Double((weight / scale).rounded(.toNearestOrEven)) * Double(scale)
                        }
                        let factor = Double(a[row * depth + term])
                        sum += factor * rounded
                        exact += factor * Double(weight)
                        magnitude += abs(factor) * (precision == .bf16 ? abs(Double(weight)) : largest)
                    }
                    let result = Double(actual[row * columns + column])
                    #expect(abs(result - sum) <= magnitude * 2e-6)
                    #expect(abs(result - exact) <= magnitude / 250)
                }
            }
        }
    }

    @Test func narrowDirectWeightsAreFetchedFaster() {
        var work = ConvolutionWork(filter: [3, 3, 512, 512], batch: 1, height: 7, width: 7)
        let speeds = ConvolutionSpeeds.usual(.avx512)
        let full = work.nanoseconds(.direct, speeds)
        work.precision = .int8Weights
        #expect(work.nanoseconds(.direct, speeds) < full)
        #expect(work.nanoseconds(.winograd(.two), speeds) > 0)
    }
}
