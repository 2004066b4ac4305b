import MicrokernelTypes
import ServingCore

/// In which precision the weights of each model are kept.
public struct WeightPrecisions: Sendable, Hashable {
    /// Of the models that are not named.
    public private(set) var general: WeightPrecision
    private var named: [String: WeightPrecision] = [:]

    public init(general: WeightPrecision = .float) { self.general = general }

    /// - Parameters:
    ///   - text: parts between commas: `NAME:PRECISION` for a model, or `PRECISION` for all others.
    ///   - general: where no part stands for all others.
    /// Throws INVALID_ARGUMENT for empty parts, unknown words, and what is said twice.
    init(_ text: String, general: WeightPrecision) throws(Status) {
        self.general = general
        guard !text.isEmpty else { return }
        var hasGeneral = false
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.isEmpty else {
                throw .invalidArgument("--precision has an empty part between its commas; was '\(text)'")
            }
            guard let colon = part.lastIndex(of: ":") else {
                guard !hasGeneral else {
                    throw .invalidArgument("--precision names two precisions for all other models; was '\(text)'")
                }
                self.general = try Self.precision(part, in: text)
                hasGeneral = true
                continue
            }
            let name = String(part[..<colon])
            guard !name.isEmpty else {
                throw .invalidArgument("--precision has no model's name before '\(part)'; was '\(text)'")
            }
            guard named[name] == nil else {
                throw .invalidArgument("--precision names model \(name) twice; was '\(text)'")
            }
            named[name] = try Self.precision(part[part.index(after: colon)...], in: text)
        }
    }

    private static func precision(_ word: Substring, in text: String) throws(Status) -> WeightPrecision {
        guard let precision = WeightPrecision(named: String(word)) else {
            let words = WeightPrecision.allCases.map(\.name).joined(separator: ", ")
            throw .invalidArgument("--precision knows \(words), not '\(word)'; was '\(text)'")
        }
        return precision
    }

    /// The precision of the weights of model `name`.
    public subscript(name: String) -> WeightPrecision { named[name] ?? general }

    /// The models that are named, sorted.
    public var names: [String] { named.keys.sorted() }
}
