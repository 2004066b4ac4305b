/// How constant weights are kept in memory. Whatever they are multiplied with, and the sums, are `Float` in any case.
public enum WeightPrecision: Sendable, Hashable, CaseIterable {
    /// As the model has them.
    case float
    /// The upper half of a `Float`: 8 bits of precision, rounded to nearest, ties to even.
    case bf16
    /// Whole numbers from -127 to 127, multiplied with one scale for each output channel.
    case int8Weights

    /// The precision of `name`, for example `bf16`; nil if there is none.
    public init?(named name: String) {
        guard let precision = WeightPrecision.allCases.first(where: { $0.name == name }) else { return nil }
        self = precision
    }

    /// As flags and reports call it.
    public var name: String {
        switch self {
        case .float: "float"
        case .bf16: "bf16"
        case .int8Weights: "int8_weights"
        }
    }

    /// Bytes of one weight.
    public var byteCount: Int {
        switch self {
        case .float: 4
        case .bf16: 2
        case .int8Weights: 1
        }
    }
}
