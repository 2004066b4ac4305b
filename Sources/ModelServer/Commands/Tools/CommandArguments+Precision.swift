import MicrokernelTypes
import ServingCore

extension CommandArguments {
    /// The value of option `precision`. Throws INVALID_ARGUMENT if it is no precision.
    var precision: WeightPrecision? {
        get throws(Status) {
            guard let word = try value("precision") else { return nil }
            guard let precision = WeightPrecision(named: word) else {
                let words = WeightPrecision.allCases.map(\.name).joined(separator: ", ")
                throw .invalidArgument("--precision takes one of \(words), got '\(word)'")
            }
            return precision
        }
    }
}
