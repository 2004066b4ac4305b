import Glibc
import ServingCore
import Tensors

/// What a model says about each label.
struct Scores {
    private(set) var values: [Float]

    /// The numbers of an output for one picture. FAILED_PRECONDITION if it is not that.
    init(_ output: Tensor, _ alias: String) throws(Status) {
        let sizes = output.shape.dimensions
        // Everything but the labels has the size of one: the batch, and what pooling left of height and width.
        guard let count = sizes.last, sizes.dropLast().allSatisfy({ $0 == 1 }), count > 0 else {
            throw .failedPrecondition(
                "the output '\(alias)' has shape \(output.shape); [1, labels] was expected for one picture")
        }
        switch output.dataType {
        case .float: values = output.array(Float.self)
        case .double: values = output.elements(Double.self).map { Float($0) }
        case .half: values = output.elements(Half.self).map(\.floatValue)
        case .bfloat16: values = output.elements(BFloat16.self).map(\.floatValue)
        default:
            throw .failedPrecondition(
                "the output '\(alias)' is of type \(output.dataType.name); scores are floating-point numbers")
        }
    }

    /// Makes probabilities of the scores.
    mutating func activate(_ activation: PictureSettings.Activation) {
        switch activation {
        case .none: return
        case .sigmoid: values = values.map { 1 / (1 + exp(-$0)) }
        case .softmax:
            let largest = values.max() ?? 0
            let powers = values.map { exp($0 - largest) }
            let sum = powers.reduce(0, +)
            values = powers.map { $0 / sum }
        }
    }

    /// The indices of the `count` highest scores, the highest first; those that are no numbers come last.
    func highest(_ count: Int) -> [Int] {
        func comes(_ a: Int, before b: Int) -> Bool {
            let (left, right) = (values[a], values[b])
            if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? a < b : right.isNaN }
            return left == right ? a < b : left > right
        }
        return Array(values.indices.sorted { comes($0, before: $1) }.prefix(count))
    }
}
