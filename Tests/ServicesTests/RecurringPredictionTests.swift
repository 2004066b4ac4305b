import Glibc
import ServingCore
import Testing

@testable import Services

/// Requests that ask for what another one has asked for before, to one service on one thread.
@Suite struct RecurringPredictionTests {
    private let bench = ServiceBench()

    private static let requests = [
        "predict", "predict_version", "predict_named_signature", "predict_filtered", "predict_no_input",
        "predict_wrong_input", "predict_extra_input", "predict_unknown_output", "predict_repeated_output",
        "predict_undecodable", "predict_wrong_type", "predict_unknown_model", "predict_unknown_signature",
    ]

    @Test func theSecondAnswerIsTheFirst() {
        let service = PredictionService(bench.context())
        let first = RecurringPredictionTests.requests.map { bench.predict(RecordedMessages.bytes($0), with: service) }
        for _ in 0..<3 {
            for (request, answer) in zip(RecurringPredictionTests.requests, first) {
                #expect(bench.predict(RecordedMessages.bytes(request), with: service) == answer)
            }
        }
    }

    @Test func aVersionThatIsGoneIsNotFoundAnyMore() throws {
        let service = PredictionService(bench.context())
        let request = RecordedMessages.bytes("predict")
        for _ in 0..<30 { #expect(try bench.predict(request, with: service).get().count > 0) }
        bench.manager.setAspired("half_plus_two", [])
        while bench.manager.versions(of: "half_plus_two").contains(where: { $0.state != .end }) { usleep(1000) }
        #expect(refusal(bench.predict(request, with: service))?.code == .notFound)
    }
}
