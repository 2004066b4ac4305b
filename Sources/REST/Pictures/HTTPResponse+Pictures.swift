import HTTP
import JSON
import Pictures
import ServingCore

extension HTTPResponse {
    /// `{"predictions": [{"label": "tench", "probability": 0.98}], "success": true}`.
    init(_ predictions: [PictureClassifier.Prediction]) {
        let list = predictions.map { prediction in
            JSONValue.object([
                ("label", .string(prediction.label)), ("probability", HTTPResponse.number(prediction.probability)),
            ])
        }
        let text = JSONValue.object([("predictions", .array(list)), ("success", .bool(true))]).text
        self.init(contentType: ContentType.json, text: text)
    }

    /// The answer to a call that failed, with `"success": false`.
    init(noSuccess status: Status) {
        self.init(status)
        let text = JSONValue.object([("error", .string(status.message)), ("success", .bool(false))]).text
        body = HTTPBody(Array(text.utf8))
    }

    /// JSON has nothing for what is not a number.
    private static func number(_ value: Float) -> JSONValue {
        value.isFinite ? .text(Array(value.description.utf8)) : .null
    }
}
