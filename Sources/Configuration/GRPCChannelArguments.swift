import ServingCore

/// The settings of `--grpc_channel_arguments`: a comma-separated list of `key=value`.
public struct GRPCChannelArguments: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case integer(Int64)
        case string(String)

        /// The value as it was written, but for leading zeros and signs.
        public var text: String {
            switch self {
            case .integer(let value): String(value)
            case .string(let value): value
            }
        }
    }

    /// Of a key that is listed twice the last value counts.
    public private(set) var values: [String: Value] = [:]

    /// INVALID_ARGUMENT for an item without `=` or without a key. Keys that nobody knows are no error.
    public init(_ list: String) throws(Status) {
        for item in list.split(separator: ",") {
            guard let equals = item.firstIndex(of: "="), equals != item.startIndex else {
                throw .invalidArgument("--grpc_channel_arguments is a list of key=value; got '\(item)'")
            }
            let text = String(item[item.index(after: equals)...])
            values[String(item[..<equals])] = Int64(text).map(Value.integer) ?? .string(text)
        }
    }

    /// The number that `key` is set to; nil if it is not set, or to something else.
    public func integer(_ key: String) -> Int64? {
        guard case .integer(let value) = values[key] else { return nil }
        return value
    }
}
