import Batching
import CServingProtos
import ServingCore
import ServingProtos
import Tensors
import Testing

@testable import Services

@Suite struct PredictionServiceTests {
    private let bench = ServiceBench()
    private let batchingBench = ServiceBench(batching: BatchingParameters())

    @Test(arguments: ["predict", "predict_version", "predict_named_signature", "predict_filtered"])
    func theAnswerIsWhatTheStubsWouldEncode(_ request: String) throws {
        for bench in [bench, batchingBench] {
            let answer = try bench.predict(RecordedMessages.bytes(request)).get()
            #expect(answer == RecordedMessages.bytes("predict_answer"))
        }
    }

    @Test func tensorContentOnRequest() throws {
        let context = bench.context(answersWithTensorContent: true)
        let answer = try bench.predict(RecordedMessages.bytes("predict"), context).get()
        let message: Message<Tensorflow__Serving__PredictResponse> = try Message(unpacking: answer)
        let tensor = try message.read { response in
            let entry = try #require(Repeated.messages(response.pointee.outputs, response.pointee.n_outputs).first)
            #expect(String(proto: entry.pointee.key) == "y")
            let value = try #require(entry.pointee.value)
            #expect(value.pointee.n_float_val == 0 && value.pointee.tensor_content.len == 12)
            return try Tensor(decoding: UnsafePointer(value), byteLimit: 1000, owner: message.arena)
        }
        #expect(tensor.array(Float.self) == [2.5, 3, 4.5])
    }

    @Test(arguments: [
        ("predict_no_spec", StatusCode.invalidArgument, "Missing ModelSpec"),
        ("predict_no_name", .invalidArgument, "ModelSpec has no name specified."),
        ("predict_unknown_model", .notFound, "Servable not found for request: Latest(nobody)"),
        ("predict_unknown_version", .notFound, "Servable not found for request: Specific(half_plus_two, 7)"),
        ("predict_unknown_label", .invalidArgument, "Unrecognized servable version label: canary"),
        ("predict_unknown_signature", .failedPrecondition, "Serving signature key \"nothing\" not found."),
        (
            "predict_no_input", .invalidArgument,
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}."
        ),
        (
            "predict_wrong_input", .invalidArgument,
            "Signature input alias: x(feed name: serving_default_x:0) not found in request and no default value provided. "
                + "Inputs expected to be in the request {z}, or default input alias set: "
        ),
        (
            "predict_extra_input", .invalidArgument,
            "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. Missing but required: {}."
        ),
        (
            "predict_unknown_output", .invalidArgument,
            "output tensor alias not found in signature: z Outputs expected to be in the set {y}."
        ),
        ("predict_repeated_output", .invalidArgument, "duplicate output tensor alias: y"),
        ("predict_undecodable", .invalidArgument, "tensor parsing error: x"),
        ("predict_wrong_type", .invalidArgument, "Expects arg[0] to be float but int32 is provided"),
    ])
    func refusals(_ request: String, _ code: StatusCode, _ text: String) {
        for bench in [bench, batchingBench] {
            #expect(refusal(bench.predict(RecordedMessages.bytes(request))) == Status(code, text))
        }
    }

    @Test func bytesThatAreNoMessage() {
        #expect(refusal(bench.predict([0x0a, 0xff, 0x01]))?.code == .internalError)
        #expect(refusal(bench.metadata([0x0a, 0xff, 0x01]))?.code == .internalError)
        #expect(refusal(bench.status([0x0a, 0xff, 0x01]))?.code == .internalError)
    }

    @Test func methodNamesAreCheckedOnlyOnRequest() throws {
        let context = bench.context(checksMethodNames: true)
        #expect(try bench.predict(RecordedMessages.bytes("predict"), context).get().count > 0)
    }

    @Test func everyCutOfARequestIsAnswered() {
        let request = RecordedMessages.bytes("predict_filtered")
        for count in request.indices {
            if let status = refusal(bench.predict(Array(request[..<count]))) { #expect(!status.message.isEmpty) }
        }
    }

    @Test func answersOnTheCallingThreadAreTheSame() throws {
        // After a number of short runs the request is not handed to another thread any more.
        let expected = RecordedMessages.bytes("predict_answer")
        for _ in 0..<100 {
            #expect(try bench.predict(RecordedMessages.bytes("predict")).get() == expected)
            #expect(try batchingBench.predict(RecordedMessages.bytes("predict")).get() == expected)
        }
    }
}

/// The error of an answer, or nil.
func refusal(_ answer: Result<[UInt8], Status>) -> Status? {
    if case .failure(let status) = answer { return status }
    return nil
}
