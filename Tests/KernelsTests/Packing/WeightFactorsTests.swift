import Tensors
import TestSupport
import Testing

@testable import Kernels

@Suite struct WeightFactorsTests {
    /// The product by the definition, element by element.
    private func expected(_ weights: [Float], _ matrix: WeightMatrix, _ factors: WeightFactors) -> [Float] {
        let groups = matrix.groupCount(inputChannels: factors.inputs.count)
        var result = weights
        for row in 0..<matrix.rows {
            for channel in 0..<matrix.channels {
                let place = matrix.isTransposed ? channel * matrix.rows + row : row * matrix.channels + channel
                var value = Double(weights[place])
                if factors.inputs.count == 1 { value *= factors.inputs[0] }
                if factors.inputs.count > 1 {
                    let group = channel / (matrix.channels / groups)
                    value *= factors.inputs[group * matrix.depth + row % matrix.depth]
                }
                result[place] = Float(value * factors.outputs[channel])
            }
        }
        return result
    }

    @Test(arguments: [1, 2, 3])
    func eachWeightHasTheFactorsOfItsChannels(groups: Int) {
        var random = Seeded(state: 3)
        let matrices: [WeightMatrix] = [
            .convolution([3, 2, 5, 6]), .depthwise([2, 3, groups, 2]), .product([7, 12], isTransposed: false),
            .product([12, 7], isTransposed: true),
        ]
        for (index, matrix) in matrices.enumerated() {
            let channels = index < 2 ? groups * matrix.depth : matrix.depth
            for inputs in [0, 1, channels] {
                let weights = (0..<matrix.rows * matrix.channels).map { _ in Float.random(in: -1...1, using: &random) }
                let factors = WeightFactors(
                    inputs: (0..<inputs).map { _ in Double.random(in: -2...2, using: &random) },
                    outputs: (0..<matrix.channels).map { _ in Double.random(in: -2...2, using: &random) })
                var actual = weights
                let isFinite = factors.multiply(weights, of: matrix, to: &actual)
                #expect(isFinite && actual == expected(weights, matrix, factors), "\(index), \(inputs) inputs")
            }
        }
    }

    @Test func attributesCarryTheFactors() throws {
        for factors in [WeightFactors(outputs: [1, 2]), WeightFactors(inputs: [3], outputs: [4, 0.1])] {
            #expect(try WeightFactors(.init(factors.attributes)) == factors)
        }
        #expect(try WeightFactors(.init([:])) == nil)
    }
}
