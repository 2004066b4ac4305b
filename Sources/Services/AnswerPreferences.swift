import ServingCore
import ServingProtos

/// What a client may ask for beside its request: metadata of a gRPC call, header fields of an HTTP request.
public struct AnswerPreferences: Sendable, Hashable {
    /// `1`: the answer carries the fields of `ServingFacts`; `0`: it does not, whatever the server does by default.
    public static let timingsField = "x-model-server-timings"
    /// How the elements of tensors are written: `typed` or `tensor_content`.
    public static let tensorEncodingField = "x-model-server-tensor-encoding"

    /// Nil: as the server does by default.
    public var reportsTimings: Bool?
    /// Nil: as the server does by default.
    public var tensorForm: TensorForm?

    public init() {}

    /// - Parameter field: the value of a field by its name in lower case; nil without such a field.
    /// - Throws: INVALID_ARGUMENT for a value that has no meaning.
    public init(_ field: (String) -> String?) throws(Status) {
        if let value = field(AnswerPreferences.timingsField) {
            reportsTimings = try AnswerPreferences.choice(
                value, of: AnswerPreferences.timingsField, [("0", false), ("1", true)])
        }
        if let value = field(AnswerPreferences.tensorEncodingField) {
            tensorForm = try AnswerPreferences.choice(
                value, of: AnswerPreferences.tensorEncodingField,
                [("typed", .typedField), ("tensor_content", .content)])
        }
    }

    private static func choice<Choice>(
        _ value: String, of field: String, _ choices: [(name: String, choice: Choice)]
    ) throws(Status) -> Choice {
        if let found = choices.first(where: { $0.name == value }) { return found.choice }
        let names = choices.map(\.name).joined(separator: " or ")
        throw .invalidArgument("\(field) must be \(names); was '\(value.prefix(64))'")
    }
}

extension ServingFacts {
    /// What the caller is told, as fields of metadata or of a header.
    public var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let version { fields.append(("x-model-server-model-version", String(version))) }
        guard let timings else { return fields }
        fields.append(("x-model-server-queue-micros", String(timings.queueNanoseconds / 1000)))
        fields.append(("x-model-server-compute-micros", String(timings.computeNanoseconds / 1000)))
        if timings.batchSize > 0 { fields.append(("x-model-server-batch-size", String(timings.batchSize))) }
        return fields
    }
}
