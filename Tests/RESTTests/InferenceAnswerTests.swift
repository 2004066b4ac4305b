import ServingCore
import Testing

@testable import REST

@Suite struct InferenceAnswerTests {
    /// An encoded `ClassificationResponse` with one example and one class.
    private func response(label: [UInt8]) -> [UInt8] {
        func nested(_ content: [UInt8]) -> [UInt8] { [0x0a, UInt8(content.count)] + content }
        let score: [UInt8] = [0x15, 0, 0, 0xc0, 0x3f]
        return nested(nested(nested(nested(label) + score)))
    }

    private func answer(label: [UInt8]) throws(Status) -> String {
        try response(label: label).withUnsafeBufferPointer { (bytes) throws(Status) in
            let buffer = try InferenceAnswer.classification(UnsafeRawBufferPointer(bytes), isStrict: false)
            return String(decoding: buffer.bytes, as: UTF8.self)
        }
    }

    @Test func labelsAreTexts() throws {
        let text = try answer(label: Array("naïve \"cat\"".utf8))
        #expect(text == "{\n    \"results\": [[[\"naïve \\\"cat\\\"\", 1.5]]\n    ]\n}")
        #expect(try answer(label: []) == "{\n    \"results\": [[[\"\", 1.5]]\n    ]\n}")
    }

    /// What a model gives as bytes has no form in JSON that a client could read back.
    @Test(arguments: [[0xff], [0x63, 0xc3], [0x63, 0], [0xed, 0xa0, 0x80]] as [[UInt8]])
    func labelsThatAreNoTextsAreRefused(label: [UInt8]) throws {
        let status = try #require(throws: Status.self) { try answer(label: label) }
        #expect(status.code == .internalError)
        #expect(
            status.message.hasSuffix(
                "in field 'result.classifications.classes.label': text is not UTF-8 or holds a zero byte"))
    }
}
