import JSON

/// What the access log says of one request.
public struct AccessEntry: Sendable {
    /// As in `Predict`.
    public var method: String
    /// As in `grpc`.
    public var transport: String
    /// As the caller named it; empty if nothing could be read.
    public var model: String
    public var version: Int64?
    public var signature: String
    /// The name of the status code.
    public var code: String
    /// From the arrival to the answer.
    public var nanoseconds: UInt64
    /// Nil if nothing was computed.
    public var queueNanoseconds: UInt64?
    /// Nil if nothing was computed.
    public var computeNanoseconds: UInt64?
    /// Rows that were computed together; nil if it was not counted in rows.
    public var batchSize: Int?
    public var requestBytes: Int
    /// Nil if there was no answer but an error.
    public var answerBytes: Int?
    /// 32 hexadecimal digits.
    public var traceID: String?
    /// 16 hexadecimal digits.
    public var spanID: String?

    public init(
        method: String, transport: String, model: String = "", version: Int64? = nil, signature: String = "",
        code: String, nanoseconds: UInt64, requestBytes: Int
    ) {
        self.method = method
        self.transport = transport
        self.model = AccessEntry.shortened(model)
        self.version = version
        self.signature = AccessEntry.shortened(signature)
        self.code = code
        self.nanoseconds = nanoseconds
        self.requestBytes = requestBytes
    }

    /// Names come from callers, who may send megabytes.
    private static let longestName = 200

    private static func shortened(_ name: String) -> String {
        name.utf8.count <= longestName ? name : String(name.unicodeScalars.prefix(longestName)) + "..."
    }

    /// In the order in which they are written; what is not known is left out.
    var fields: [(String, JSONValue)] {
        var fields: [(String, JSONValue)] = []
        func add(_ name: String, _ value: JSONValue?) {
            if let value { fields.append((name, value)) }
        }
        add("method", .string(method))
        add("transport", .string(transport))
        add("model", .string(model))
        add("version", version.map(JSONValue.number))
        add("signature", signature.isEmpty ? nil : .string(signature))
        add("code", .string(code))
        add("duration_us", AccessEntry.microseconds(nanoseconds))
        add("queue_us", queueNanoseconds.map(AccessEntry.microseconds))
        add("compute_us", computeNanoseconds.map(AccessEntry.microseconds))
        add("batch_size", batchSize.map(JSONValue.count))
        add("request_bytes", .count(requestBytes))
        add("response_bytes", answerBytes.map(JSONValue.count))
        add("trace_id", traceID.map(JSONValue.string))
        add("span_id", spanID.map(JSONValue.string))
        return fields
    }

    private static func microseconds(_ nanoseconds: UInt64) -> JSONValue { .number(Int64(nanoseconds / 1000)) }
}
