import JSON
import Plots
import ServingCore
import Tensors

/// How far outputs with narrow weights are from those with the weights that the model has, for the same inputs.
struct PrecisionComparison: Equatable {
    /// One output of floating-point numbers.
    struct Output: Equatable {
        var name: String
        /// Of all elements.
        var largestDifference: Double
        /// The largest magnitude of an element with full weights.
        var largestMagnitude: Double
        /// For outputs with several elements in the last dimension: how many rows there are, and in how many of them the largest
        /// element is the same one.
        var rows: Int?
        var agreeingRows: Int?

        /// The difference as a share of the largest magnitude; nil if all elements are zero.
        var relativeDifference: Double? { largestMagnitude > 0 ? largestDifference / largestMagnitude : nil }
    }

    private(set) var outputs: [Output] = []

    /// - Parameters:
    ///   - full: the outputs with full weights, `narrow` those with narrow ones, both in the order of `names`.
    init(names: [String], full: [Tensor], narrow: [Tensor]) {
        for (name, (expected, actual)) in zip(names, zip(full, narrow)) {
            guard expected.shape == actual.shape, expected.dataType == actual.dataType else { continue }
            switch expected.dataType {
            case .float: outputs.append(Output(name, expected, expected.array(Float.self), actual.array(Float.self)))
            case .double: outputs.append(Output(name, expected, expected.array(Double.self), actual.array(Double.self)))
            default: continue
            }
        }
    }

    /// For programs.
    var json: JSONValue {
        .array(
            outputs.map { output in
                .object([
                    ("name", .string(output.name)), ("largest_difference", .decimal(output.largestDifference)),
                    ("largest_magnitude", .decimal(output.largestMagnitude)),
                    ("relative_difference", output.relativeDifference.map(JSONValue.decimal) ?? .null),
                    ("rows", output.rows.map(JSONValue.count) ?? .null),
                    ("rows_with_same_largest", output.agreeingRows.map(JSONValue.count) ?? .null),
                ])
            })
    }

    /// For people: a row for each output.
    var rows: [[String]] {
        outputs.map { output in
            var text = "differs by up to \(NumberText.significant(output.largestDifference))"
            if let share = output.relativeDifference {
                text += ", \(NumberText.significant(share * 100)) % of the largest"
            }
            if let rows = output.rows, let agreeing = output.agreeingRows {
                text += "; same largest element in \(agreeing) of \(Readable.counted(rows, "row"))"
            }
            return [output.name, text]
        }
    }
}

extension PrecisionComparison.Output {
    fileprivate init<Element: BinaryFloatingPoint>(
        _ name: String, _ tensor: Tensor, _ expected: [Element], _ actual: [Element]
    ) {
        self.name = name
        largestDifference = 0
        largestMagnitude = 0
        for (full, narrow) in zip(expected, actual) {
            largestMagnitude = max(largestMagnitude, Double(full.magnitude))
            // Infinities of one kind agree, and so do elements that are no numbers.
            if full == narrow || full.isNaN && narrow.isNaN { continue }
            let difference = Double((full - narrow).magnitude)
            largestDifference = difference.isNaN ? .infinity : max(largestDifference, difference)
        }
        guard tensor.shape.rank > 0, let width = tensor.shape.dimensions.last, width > 1 else { return }
        let count = expected.count / width
        rows = count
        agreeingRows = (0..<count).count { row in
            let range = row * width..<(row + 1) * width
            func largest(_ elements: [Element]) -> Int? { range.max { elements[$0] < elements[$1] } }
            return largest(expected) == largest(actual)
        }
    }
}
