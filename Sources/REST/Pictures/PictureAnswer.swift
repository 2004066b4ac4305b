import HTTP
import JSON
import Pictures
import ServingCore
import Services

/// Answers a picture with JSON: `{"predictions": [{"label": "tench", "probability": 0.98}], "success": true}`, or
/// `{"error": "…"}`.
struct PictureAnswer: Sendable {
    private let exchange: HTTPExchange
    /// Whether an error comes with `"success": false`.
    private let saysFailure: Bool

    init(_ exchange: HTTPExchange, saysFailure: Bool) {
        self.exchange = exchange
        self.saysFailure = saysFailure
    }

    func succeed(_ predictions: [PictureClassifier.Prediction], _ facts: ServingFacts?) {
        let list = predictions.map { prediction in
            JSONValue.object([
                ("label", .string(prediction.label)), ("probability", PictureAnswer.number(prediction.probability)),
            ])
        }
        respond(200, [("predictions", .array(list)), ("success", .bool(true))], facts)
    }

    func fail(_ status: Status, _ facts: ServingFacts?) {
        let failure: [(String, JSONValue)] = saysFailure ? [("success", .bool(false))] : []
        respond(HTTPStatus.number(status.code), [("error", .string(status.message))] + failure, facts)
    }

    private func respond(_ status: Int, _ members: [(String, JSONValue)], _ facts: ServingFacts?) {
        let text = JSONValue.object(members).text
        var response = HTTPResponse(status: status, contentType: "application/json", text: text)
        response.headers += facts?.fields ?? []
        exchange.respond(response)
    }

    /// JSON has nothing for what is not a number.
    private static func number(_ value: Float) -> JSONValue {
        value.isFinite ? .text(Array(value.description.utf8)) : .null
    }
}
