import Graphs
import ServingCore
import Tensors

/// What the compiler has found around a product with constant weights: a factor for each of its channels.
///
/// Fused ops multiply their weights with them while they pack them, so that no other copy of the weights has to be kept.
public struct WeightFactors: Sendable, Equatable {
    /// One for each input channel, one for all of them, or none.
    public let inputs: [Double]
    /// One for each output channel.
    public let outputs: [Double]

    public init(inputs: [Double] = [], outputs: [Double]) {
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The attributes that tell a fused op its factors.
    public var attributes: [String: Attribute] {
        let outputs = [Self.outputName: Attribute.tensor(Tensor(outputs))]
        return inputs.isEmpty ? outputs : outputs.merging([Self.inputName: .tensor(Tensor(inputs))]) { $1 }
    }

    private static let inputName = "input_factors"
    private static let outputName = "output_factors"

    /// The factors that `attributes` tell; nil if they tell none. Throws if they are not of type `Double`.
    init?(_ attributes: Attributes) throws(Status) {
        guard attributes[Self.outputName] != nil else { return nil }
        let all = attributes[Self.inputName] == nil ? nil : try attributes.tensor(Self.inputName)
        let outputs = try attributes.tensor(Self.outputName)
        guard outputs.dataType == .double, all == nil || all?.dataType == .double else {
            throw .invalidArgument("factors of weights must be of type double")
        }
        self.init(inputs: all?.array(Double.self) ?? [], outputs: outputs.array(Double.self))
    }

    /// True if op `Fused<base>` takes factors for the weights in input 1 of a node of op `base`.
    public static func areTaken(by base: String, _ facts: NodeFacts) -> Bool {
        switch base {
        case "Conv2D": (try? PackedConvolutionKernel.groups(facts)).flatMap { $0 } != nil
        case "MatMul": (try? FusedMatMulKernel.packs(facts, isBatched: false)) == true
        case "BatchMatMulV2": (try? FusedMatMulKernel.packs(facts, isBatched: true)) == true
        default: false
        }
    }

    /// Writes `weights` times the factors to `target`; both have the elements of `matrix`.
    /// - Returns: false if a number became too large for `Float` that was not before.
    public func multiply(
        _ weights: UnsafePointer<Float>, of matrix: WeightMatrix, to target: UnsafeMutablePointer<Float>
    ) -> Bool {
        (inputs.isEmpty ? [1] : inputs).withUnsafeBufferPointer { inputs in
            outputs.withUnsafeBufferPointer { outputs in
                // Steps that are constants make loops over vectors.
                switch (matrix.isTransposed, inputs.count == 1) {
                case (false, _): Self.multiply(weights, matrix, inputs, step: 0, outputs, step: 1, to: target)
                case (true, true): Self.multiply(weights, matrix, inputs, step: 0, outputs, step: 0, to: target)
                case (true, false): Self.multiply(weights, matrix, inputs, step: 1, outputs, step: 0, to: target)
                }
            }
        }
    }

    /// The steps lead from the factor of a weight to that of the weight after it, as long as those of a group are side by side.
    @inline(__always)
    private static func multiply(
        _ weights: UnsafePointer<Float>, _ matrix: WeightMatrix, _ inputs: UnsafeBufferPointer<Double>,
        step inputStep: Int, _ outputs: UnsafeBufferPointer<Double>, step outputStep: Int,
        to target: UnsafeMutablePointer<Float>
    ) -> Bool {
        let groupSize = matrix.channels / matrix.groupCount(inputChannels: inputs.count)
        let run = matrix.isTransposed ? matrix.depth : groupSize
        var overflows = 0
        for first in stride(from: 0, to: matrix.rows &* matrix.channels, by: run) {
            let (row, channel) = matrix.position(first)
            let input = matrix.inputChannel(row, channel / groupSize, of: inputs.count)
            for offset in 0..<run {
                let weight = weights[first &+ offset]
                let factor = inputs[input &+ offset &* inputStep]
                let product = Float(Double(weight) * factor * outputs[channel &+ offset &* outputStep])
                overflows &+= weight.isFinite && !product.isFinite ? 1 : 0
                target[first &+ offset] = product
            }
        }
        return overflows == 0
    }
}

/// The weights of a product or convolution as a matrix: a column for each output channel, a row for each term of its sums.
public struct WeightMatrix: Sendable {
    public let rows: Int
    public let channels: Int
    /// How many input channels an output channel reads; row `r` belongs to the one with the number `r % depth` of its group.
    public let depth: Int
    /// True if the columns stand one after the other, false if the rows do.
    public let isTransposed: Bool

    private init(rows: Int, channels: Int, depth: Int, isTransposed: Bool = false) {
        self.rows = rows
        self.channels = channels
        self.depth = depth
        self.isTransposed = isTransposed
    }

    /// The filter of a convolution: height, width, input channels of a group, output channels; not empty.
    public static func convolution(_ filter: TensorShape) -> WeightMatrix {
        WeightMatrix(rows: filter.product(0..<3), channels: filter[3], depth: filter[2])
    }

    /// The filter of a depthwise convolution: height, width, channels, filters for each of them; not empty.
    public static func depthwise(_ filter: TensorShape) -> WeightMatrix {
        WeightMatrix(rows: filter[0] * filter[1], channels: filter[2] * filter[3], depth: 1)
    }

    /// Terms and results, or the other way round; not empty.
    public static func product(_ matrix: TensorShape, isTransposed: Bool) -> WeightMatrix {
        let rows = matrix[isTransposed ? 1 : 0]
        return WeightMatrix(
            rows: rows, channels: matrix[isTransposed ? 0 : 1], depth: rows, isTransposed: isTransposed)
    }

    /// Where the weight of a row and an output channel stands.
    @inline(__always)
    public func place(_ row: Int, _ channel: Int) -> Int {
        isTransposed ? channel &* rows &+ row : row &* channels &+ channel
    }

    /// The row and the output channel of the weight that stands at `place`.
    public func position(_ place: Int) -> (row: Int, channel: Int) {
        isTransposed ? (place % rows, place / rows) : (place / channels, place % channels)
    }

    /// The groups of a product whose input has `inputChannels` channels; one if that is 0 or 1, which stand for any number.
    public func groupCount(inputChannels: Int) -> Int { max(1, min(channels, inputChannels / max(1, depth))) }

    /// The number of the input channel, of `count`, that row `row` of output group `group` is multiplied with.
    @inline(__always)
    public func inputChannel(_ row: Int, _ group: Int, of count: Int) -> Int {
        count == 1 ? 0 : group &* depth &+ row % depth
    }
}
