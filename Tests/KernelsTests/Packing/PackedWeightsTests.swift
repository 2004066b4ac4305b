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

    private func packed(_ values: [Float], _ layout: String, _ shape: TensorShape) throws -> (Tensor, wasMade: Bool) {
        var wasMade = false
        let tensor = try construction.packed(Tensor(values, shape: shape), layout: layout, count: values.count) {
            wasMade = true
            for (index, value) in values.enumerated() { $0[index] = 2 * value }
        }
        return (tensor, wasMade)
    }

    @Test func equalConstantsSharePackedWeightsAsLongAsSomebodyHoldsThem() throws {
        let values = (0..<1000).map { Float($0) + 0.125 }
        var first: (Tensor, wasMade: Bool)? = try packed(values, "sharing", [10, 100])
        let second = try packed(values, "sharing", [10, 100])
        #expect(first!.wasMade && !second.wasMade)
        #expect(first!.0.buffer === second.0.buffer && second.0.array(Float.self)[999] == 1998.25)
        first = nil
        #expect(try !packed(values, "sharing", [10, 100]).wasMade)
        withExtendedLifetime(second) {}
    }

    @Test func weightsThatNobodyHoldsAreMadeAgain() throws {
        #expect(try packed([1, 2, 3], "alone", [3]).wasMade)
        #expect(try packed([1, 2, 3], "alone", [3]).wasMade)
    }

    @Test func anyDifferenceOfContentsShapeOrLayoutIsSeen() throws {
        var values = (0..<77).map { Float($0) }
        let held = try packed(values, "differences", [7, 11])
        #expect(try packed(values, "differences", [11, 7]).wasMade)
        #expect(try packed(values, "others", [7, 11]).wasMade)
        for index in values.indices {
            values[index] += 1
            #expect(try packed(values, "differences", [7, 11]).wasMade, "\(index)")
            values[index] -= 1
        }
        #expect(try !packed(values, "differences", [7, 11]).wasMade)
        withExtendedLifetime(held) {}
    }

    @Test func fingerprintsOfSimilarContentsDiffer() {
        var seen: Set<Fingerprint> = []
        for count in 0...300 {
            var bytes = [UInt8](repeating: 0, count: count)
            bytes.withUnsafeBytes { _ = seen.insert(Fingerprint($0)) }
            if count > 0 {
                bytes[count - 1] = 1
                bytes.withUnsafeBytes { _ = seen.insert(Fingerprint($0)) }
                bytes[count - 1] = 0
                bytes[0] = count == 1 ? 2 : 1
                bytes.withUnsafeBytes { _ = seen.insert(Fingerprint($0)) }
            }
        }
        #expect(seen.count == 901)
    }
}
