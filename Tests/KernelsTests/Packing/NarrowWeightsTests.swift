import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors
import Testing

@testable import Kernels

/// Weights that are packed as panels of one column, one after the other.
@Suite struct NarrowWeightsTests {
    private static let depth = 4096
    private static let columns = 8

    private func packed(
        _ columns: [[Float]], _ precision: WeightPrecision, layout: String = "test columns"
    ) throws -> PackedMatrix {
        let construction = KernelConstruction(
            facts: NodeFacts(node: Node(name: "n", op: "MatMul"), inputs: []), outputs: [],
            resources: ResourceStore(), precision: precision
        ) { (_) throws(Status) in throw .unimplemented("no functions here") }
        let values = columns.flatMap { $0 }
        let panels = WeightPanels(width: 1, depth: columns[0].count, count: values.count)
        return try construction.packedMatrix(Tensor(values), layout: layout, panels: panels) { target in
            for (index, value) in values.enumerated() { target[index] = value }
        }
    }

    /// The weights of a column as they are multiplied.
    private func weights(_ matrix: PackedMatrix, column: Int, depth: Int) -> [Float] {
        withExtendedLifetime(matrix) {
            let place = matrix.place.advanced(by: column * depth)
            return (0..<depth).map { row in
                switch place.precision {
                case .float: place.elements.assumingMemoryBound(to: Float.self)[row]
                case .bf16: BFloat16(bits: place.elements.assumingMemoryBound(to: UInt16.self)[row]).floatValue
                case .int8Weights:
                    Float(place.elements.assumingMemoryBound(to: Int8.self)[row]) * place.scales![0]
                }
            }
        }
    }

    private func random(_ numbers: inout SeededNumbers) -> [[Float]] {
        (0..<Self.columns).map { column in
            (0..<Self.depth).map { _ in
                Float(numbers.next(-1_000_000...1_000_000)) / 1_000_000 * Float(1 << column)
            }
        }
    }

    @Test func halvesAreTheNearestNumbersOfEightBits() throws {
        var numbers = SeededNumbers(31)
        let columns = random(&numbers)
        let matrix = try packed(columns, .bf16)
        #expect(matrix.precision == .bf16)
        for (column, expected) in columns.enumerated() {
            for (actual, weight) in zip(weights(matrix, column: column, depth: Self.depth), expected) {
                // The numbers of eight bits around it are this far apart.
                let step = weight == 0 ? 0 : Double(weight.magnitude.binade) / 128
                let difference = abs(Double(actual) - Double(weight))
                let isEven = step == 0 || (Double(actual) / step).remainder(dividingBy: 2) == 0
                guard difference > step / 2 || difference == step / 2 && !isEven else { continue }
                Issue.record("\(weight) became \(actual)")
            }
        }
    }

    @Test func specialNumbersStayWhatTheyAreAsHalves() throws {
        let specials: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, 0x1p-130, 1, -1, 0x1.01p0, 0x1.03p0,
            0x1.fep127,
        ]
        let expected: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, 0, 0x1p-130, 1, -1, 1, 0x1.04p0, 0x1.fep127,
        ]
        let column = specials + [Float](repeating: 1, count: 20_000)
        let actual = weights(try packed([column], .bf16), column: 0, depth: column.count)
        for (actual, expected) in zip(actual, expected) {
            #expect(actual == expected && actual.sign == expected.sign || actual.isNaN && expected.isNaN)
        }
    }

    @Test func scalesAreThoseOfTheLargestWeightOfEachColumn() throws {
        var numbers = SeededNumbers(32)
        var columns = random(&numbers)
        columns[3] = [Float](repeating: 0, count: Self.depth)
        columns[4] = [Float](repeating: 0x1p-140, count: Self.depth)
        let matrix = try packed(columns, .int8Weights)
        #expect(matrix.precision == .int8Weights)
        for (column, expected) in columns.enumerated() {
            let largest = expected.map(\.magnitude).max()!
            let actual = weights(matrix, column: column, depth: Self.depth)
            if largest < 0x1p-126 {
                #expect(actual.allSatisfy { $0 == 0 })
                continue
            }
            #expect(actual.map(\.magnitude).max()! == largest / 127 * 127)
            for (actual, weight) in zip(actual, expected) {
                guard abs(Double(actual) - Double(weight)) > Double(largest) / 127 * 0.500_01 else { continue }
                Issue.record("\(weight) became \(actual)")
            }
        }
    }

    @Test(arguments: [WeightPrecision.bf16, .int8Weights]) func lossesAreThoseOfAllWeights(
        _ precision: WeightPrecision
    ) throws {
        var numbers = SeededNumbers(33)
        let columns = random(&numbers)
        let matrix = try packed(columns, precision)
        let reduction = try #require(matrix.reduction)
        var (errors, squares, largest) = (0.0, 0.0, 0.0)
        for (column, expected) in columns.enumerated() {
            let top = Double(expected.map(\.magnitude).max()!)
            for (actual, weight) in zip(weights(matrix, column: column, depth: Self.depth), expected) {
                let difference = abs(Double(actual) - Double(weight))
                errors += difference * difference
                squares += Double(weight) * Double(weight)
                largest = max(largest, difference / top)
            }
        }
        #expect(abs(reduction.errorSquares / errors - 1) < 1e-3 && abs(reduction.weightSquares / squares - 1) < 1e-6)
        #expect(abs(reduction.largestError / largest - 1) < 1e-3)
        let count = Self.depth * Self.columns
        #expect(reduction.fullByteCount == 4 * count && reduction.byteCount < precision.byteCount * count + 1024)
        let summary = WeightReductionSummary([reduction, reduction])
        #expect(summary.matrixCount == 1 && abs(summary.relativeError / (errors / squares).squareRoot() - 1) < 1e-3)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func bytesHaveNoSuchNumbers(_ special: Float) throws {
        var columns = (0..<Self.columns).map { _ in [Float](repeating: 0.5, count: Self.depth) }
        columns[5][77] = special
        let matrix = try packed(columns, .int8Weights)
        #expect(matrix.precision == .float && matrix.reduction == nil)
        let actual = weights(matrix, column: 5, depth: Self.depth)
        #expect(actual[76] == 0.5 && (actual[77] == special || special.isNaN && actual[77].isNaN))
    }

    @Test func numbersThatWouldBecomeInfiniteKeepTheirMatrixAsItIs() throws {
        let column = [Float.greatestFiniteMagnitude] + [Float](repeating: 1, count: 20_000)
        let matrix = try packed([column], .bf16)
        #expect(matrix.precision == .float)
        #expect(weights(matrix, column: 0, depth: column.count)[0] == .greatestFiniteMagnitude)
    }

    @Test func smallMatricesStayAsTheyAre() throws {
        let matrix = try packed([[Float](repeating: 0.3, count: PackedMatrix.fewestReduced - 1)], .bf16)
        #expect(matrix.precision == .float && matrix.byteCount == 4 * (PackedMatrix.fewestReduced - 1))
    }

    @Test func equalWeightsOfOnePrecisionAreShared() throws {
        let column = (0..<20_000).map { Float($0 % 127) }
        let halves = try packed([column], .bf16, layout: "shared")
        let bytes = try packed([column], .int8Weights, layout: "shared")
        let float = try packed([column], .float, layout: "shared")
        #expect(float.byteCount == 80_000 && float.reduction == nil)
        #expect(halves.reduction != nil && bytes.reduction != nil)
        #expect(halves.reduction?.identity != bytes.reduction?.identity)
    }
}
