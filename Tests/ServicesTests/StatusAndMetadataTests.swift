import ServingCore
import Testing

@testable import Services

@Suite struct StatusAndMetadataTests {
    private let bench = ServiceBench()

    @Test(arguments: ["status", "status_version", "status_label"]) func statusIsWhatTheStubsWouldEncode(
        _ request: String
    ) throws {
        #expect(try bench.status(RecordedMessages.bytes(request)).get() == RecordedMessages.bytes("status_answer"))
    }

    @Test(arguments: [
        ("status_no_spec", StatusCode.invalidArgument, "Missing ModelSpec"),
        ("status_unknown_model", .notFound, "Could not find any versions of model nobody"),
        ("status_unknown_version", .notFound, "Could not find version 7 of model half_plus_two"),
    ])
    func statusRefusals(_ request: String, _ code: StatusCode, _ text: String) {
        #expect(refusal(bench.status(RecordedMessages.bytes(request))) == Status(code, text))
    }

    @Test func metadataIsWhatTheStubsWouldEncode() throws {
        #expect(
            try bench.metadata(RecordedMessages.bytes("metadata")).get() == RecordedMessages.bytes("metadata_answer"))
    }

    @Test(arguments: [
        ("metadata_no_spec", StatusCode.invalidArgument, "Missing ModelSpec"),
        (
            "metadata_no_field", .invalidArgument,
            "GetModelMetadataRequest must specify at least one metadata_field"
        ),
        ("metadata_unknown_field", .invalidArgument, "Metadata field weights is not supported"),
        ("metadata_unknown_model", .notFound, "Servable not found for request: Latest(nobody)"),
    ])
    func metadataRefusals(_ request: String, _ code: StatusCode, _ text: String) {
        #expect(refusal(bench.metadata(RecordedMessages.bytes(request))) == Status(code, text))
    }
}
