import Execution
import Graphs
import ServingCore
import Tensors
import Testing

@testable import Kernels

@Suite struct PackedWeightsTests {
    private let construction = KernelConstruction(
        facts: NodeFacts(node: Node(name: "n", op: "MatMul"), inputs: []), outputs: [], resources: ResourceStore()
    ) { (_) throws(Status) in throw .unimplemented("no functions here") }

    private func packed(_ source: Tensor, _ layout: String) throws -> (Tensor, wasMade: Bool) {
        var wasMade = false
        let tensor = try construction.packed(source, layout: layout, count: source.elementCount) {
            wasMade = true
            for (index, value) in source.array(Float.self).enumerated() { $0[index] = 2 * value }
        }
        return (tensor, wasMade)
    }

    @Test func equalConstantsSharePackedWeightsAsLongAsSomebodyHoldsThem() throws {
        let values = (0..<100_000).map { Float($0) + 0.125 }
        let (a, b) = (Tensor(values, shape: [10, 10000]), Tensor(values, shape: [10, 10000]))
        var first: (Tensor, wasMade: Bool)? = try packed(a, "sharing")
        let second = try packed(b, "sharing")
        #expect(first!.wasMade && !second.wasMade)
        #expect(first!.0.buffer === second.0.buffer && second.0.array(Float.self)[999] == 1998.25)
        first = nil
        #expect(try !packed(a, "sharing").wasMade)
        withExtendedLifetime((a, b, second)) {}
    }

    @Test func weightsAreFoundWhenThoseThatWereThereFirstAreGone() throws {
        let values = (0..<1000).map { Float($0) - 7 }
        var first: Tensor? = Tensor(values)
        let second = Tensor(values)
        let packedFirst = try packed(first!, "gone")
        #expect(try !packed(second, "gone").wasMade)
        first = nil
        #expect(try !packed(Tensor(values), "gone").wasMade)
        withExtendedLifetime((packedFirst, second)) {}
    }

    @Test func weightsThatNobodyHoldsAreMadeAgain() throws {
        let source = Tensor([1, 2, 3] as [Float])
        #expect(try packed(source, "alone").wasMade)
        #expect(try packed(source, "alone").wasMade)
    }

    @Test func anyDifferenceOfContentsShapeOrLayoutIsSeen() throws {
        var values = (0..<77).map { Float($0) }
        let source = Tensor(values, shape: [7, 11])
        let held = try packed(source, "differences")
        #expect(try packed(Tensor(values, shape: [11, 7]), "differences").wasMade)
        #expect(try packed(source, "others").wasMade)
        for index in values.indices {
            values[index] += 1
            #expect(try packed(Tensor(values, shape: [7, 11]), "differences").wasMade, "\(index)")
            values[index] -= 1
        }
        #expect(try !packed(Tensor(values, shape: [7, 11]), "differences").wasMade)
        withExtendedLifetime((source, held)) {}
    }

    @Test func otherFactorsMakeOtherWeights() throws {
        let source = Tensor((0..<6).map { Float($0) }, shape: [2, 3])
        func packed(_ outputs: [Double], _ inputs: [Double] = []) throws -> [Float] {
            let weights = try ConstantWeights(
                source, .product([2, 3], isTransposed: false),
                factors: WeightFactors(inputs: inputs, outputs: outputs))
            let made = try construction.packed(weights, layout: "factors", count: 6) { values, target in
                target.update(from: values, count: 6)
            }
            held.append(made)
            return made.array(Float.self)
        }
        var held: [Tensor] = []
        #expect(try packed([1, 2, 3]) == [0, 2, 6, 3, 8, 15])
        #expect(try packed([1, 2, 4]) == [0, 2, 8, 3, 8, 20])
        #expect(try packed([1, 2, 3], [2, 1]) == [0, 4, 12, 3, 8, 15])
        #expect(try packed([1, 2, 3]) == [0, 2, 6, 3, 8, 15])
        #expect(held[0].buffer === held[3].buffer)
    }

    @Test func factorsOfAnotherNumberAreRefused() {
        let source = Tensor((0..<6).map { Float($0) }, shape: [2, 3])
        for factors in [
            WeightFactors(outputs: [1, 2]), WeightFactors(inputs: [1, 2, 3], outputs: [1, 2, 3]),
        ] {
            #expect(throws: Status.self) {
                try ConstantWeights(source, .product([2, 3], isTransposed: false), factors: factors)
            }
        }
    }

    @Test func productsThatAreTooLargeAreRefused() throws {
        let weights = try ConstantWeights(
            Tensor([1e30, .infinity] as [Float], shape: [2, 1]), .product([2, 1], isTransposed: false),
            factors: WeightFactors(outputs: [1e10]))
        #expect(throws: Status.self) { try weights.withValues { _ in } }
    }
}
