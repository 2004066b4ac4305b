import Glibc

/// The value of a flag; the case is the flag's kind.
public enum FlagValue: Sendable, Hashable {
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case float(Float)
    case string(String)

    /// The kind's name in the usage text.
    var kind: String {
        switch self {
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .float: "float"
        case .string: "string"
        }
    }

    /// The value as the usage text prints it.
    var text: String {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .float(let value): FlagValue.sixDecimals(value)
        case .string(let value): "\"\(value)\""
        }
    }

    /// Whether the value is false, 0 or the empty string.
    var asksForNothing: Bool {
        switch self {
        case .bool(let value): !value
        case .int32(let value): value == 0
        case .int64(let value): value == 0
        case .float(let value): value == 0
        case .string(let value): value.isEmpty
        }
    }

    /// The value of this one's kind that `text` stands for; nil if it is none. Numbers are decimal.
    func parsed(_ text: String) -> FlagValue? {
        switch self {
        case .bool: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .int32: Int32(text).map(FlagValue.int32)
        case .int64: Int64(text).map(FlagValue.int64)
        case .float: Float(text).flatMap { $0.isFinite ? FlagValue.float($0) : nil }
        case .string: .string(text)
        }
    }

    private static func sixDecimals(_ value: Float) -> String {
        let millionths = Int64((Double(value.magnitude) * 1e6).rounded())
        let fraction = String(millionths % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return "\(value < 0 ? "-" : "")\(millionths / 1_000_000).\(zeros)\(fraction)"
    }
}

/// What setting a flag leads to.
public enum FlagEffect: Sendable, Hashable {
    case acts
    /// Accepted; the sentence says why nothing follows from it.
    case none(String)
}

/// One flag of the command line.
public struct FlagDefinition: Sendable, Hashable {
    public let name: String
    public let standard: FlagValue
    public let text: String
    public let effect: FlagEffect

    init(_ name: String, _ standard: FlagValue, _ text: String) { self.init(name, standard, .acts, text) }

    init(_ name: String, _ standard: FlagValue, _ effect: FlagEffect, _ text: String) {
        self.name = name
        self.standard = standard
        self.text = text
        self.effect = effect
    }

    /// The flag's line of the usage text.
    var usageLine: String {
        let setting = "\(name)=\(standard.text)"
        let padding = String(repeating: " ", count: max(0, 33 - setting.utf8.count))
        return "\t--\(setting)\(padding)\t\(standard.kind)\t\(text)\n"
    }
}
