import Tensors
import Testing

@testable import ModelServer

@Suite struct PrecisionComparisonTests {
    private func compare(_ full: Tensor, _ narrow: Tensor) -> PrecisionComparison.Output? {
        PrecisionComparison(names: ["y"], full: [full], narrow: [narrow]).outputs.first
    }

    @Test func differencesAndLargestElementsAreFound() throws {
        let full = Tensor([0, 1, -4, 2, 8, 3] as [Float], shape: [2, 3])
        let narrow = Tensor([0.5, 0.25, -4, 2, 7, 3] as [Float], shape: [2, 3])
        let output = try #require(compare(full, narrow))
        #expect(output.name == "y" && output.largestDifference == 1 && output.largestMagnitude == 8)
        #expect(output.relativeDifference == 0.125 && output.rows == 2 && output.agreeingRows == 1)
    }

    @Test func singleNumbersHaveNoLargestElement() throws {
        let output = try #require(compare(Tensor([2.0, 4.0], shape: [2, 1]), Tensor([2.0, 3.5], shape: [2, 1])))
        #expect(output.rows == nil && output.largestDifference == 0.5)
        #expect(try #require(compare(Tensor([0] as [Float]), Tensor([0] as [Float]))).relativeDifference == nil)
    }

    @Test func whatIsNoNumberOnBothSidesIsNoDifference() throws {
        let special: [Float] = [.nan, .infinity, -.infinity, 1]
        #expect(try #require(compare(Tensor(special), Tensor(special))).largestDifference == 0)
        let other = try #require(compare(Tensor(special), Tensor([1, .infinity, .infinity, 1] as [Float])))
        #expect(other.largestDifference == .infinity)
    }

    @Test func otherTypesAndShapesAreLeftOut() {
        #expect(compare(Tensor([1, 2] as [Int32]), Tensor([1, 3] as [Int32])) == nil)
        #expect(compare(Tensor([1, 2] as [Float]), Tensor([1, 2, 3] as [Float])) == nil)
    }
}
