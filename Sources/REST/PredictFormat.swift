import HTTP
import ServingCore

/// In which form the inputs of a Predict call come, and its outputs are wanted. TensorFlow Serving does not look at the types of
/// content: whatever is none of ours is JSON.
enum PredictFormat {
    enum Input {
        case json
        case array(ArrayInput)
    }

    enum Output {
        case json
        case array(ArrayOutput)
    }

    /// A `PredictRequest`, answered with a `PredictResponse`.
    case message
    case tensors(Input, Output)

    /// Throws INVALID_ARGUMENT for fields of the header that make no sense.
    init(_ headers: HTTPHeaders) throws(Status) {
        let sent = PredictFormat.types(headers["content-type"]).first ?? ""
        if sent == ContentType.protobuf || sent == "application/protobuf" {
            self = .message
            return
        }
        let input = try ArrayForm(contentType: sent).map { (form) throws(Status) in try ArrayInput(form, headers) }
        let accepted = PredictFormat.types(headers["accept"])
        var output: ArrayForm?
        if let first = accepted.first(where: { ArrayForm(contentType: $0) != nil || $0 == ContentType.json }) {
            output = ArrayForm(contentType: first)
        } else {
            output = input?.form
        }
        self = .tensors(
            input.map { .array($0) } ?? .json, output.map { .array(ArrayOutput($0, headers)) } ?? .json)
    }

    /// The types of content in a field of a header, without parameters, in lower case.
    private static func types(_ field: String?) -> [String] {
        (field ?? "").split(separator: ",").map { type in
            let name = type.prefix { $0 != ";" }
            return name.drop { $0 == " " }.lowercased().filter { $0 != " " }
        }
    }
}
