import Batching
import ServingCore
import ServingProtos
import Testing

@testable import Services

@Suite struct AnswerPreferencesTests {
    private func preferences(_ fields: [String: String]) -> Result<AnswerPreferences, Status> {
        do throws(Status) {
            return .success(try AnswerPreferences { fields[$0] })
        } catch {
            return .failure(error)
        }
    }

    @Test func nothingIsAskedForByDefault() throws {
        #expect(try preferences([:]).get() == AnswerPreferences())
    }

    @Test func eachValueIsUnderstood() throws {
        let all = try preferences(["x-model-server-timings": "1", "x-model-server-tensor-encoding": "tensor_content"])
            .get()
        #expect(all.reportsTimings == true && all.tensorForm == .content)
        let none = try preferences(["x-model-server-timings": "0", "x-model-server-tensor-encoding": "typed"]).get()
        #expect(none.reportsTimings == false && none.tensorForm == .typedField)
    }

    @Test func otherValuesAreRefused() {
        #expect(
            preferences(["x-model-server-timings": "yes"])
                == .failure(.invalidArgument("x-model-server-timings must be 0 or 1; was 'yes'")))
        #expect(
            preferences(["x-model-server-tensor-encoding": ""])
                == .failure(
                    .invalidArgument("x-model-server-tensor-encoding must be typed or tensor_content; was ''")))
        let long = String(repeating: "a", count: 10_000)
        guard case .failure(let status) = preferences(["x-model-server-timings": long]) else {
            return #expect(Bool(false))
        }
        #expect(status.message.utf8.count < 200)
    }

    @Test func factsBecomeFields() {
        var facts = ServingFacts(model: "m", version: nil)
        #expect(facts.fields.isEmpty)
        facts.version = 3
        #expect(facts.fields.map(\.name) == ["x-model-server-model-version"])
        facts.timings = RunTimings(queueNanoseconds: 1_999, computeNanoseconds: 2_000_000, batchSize: 0)
        let unbatched = Dictionary(uniqueKeysWithValues: facts.fields.map { ($0.name, $0.value) })
        #expect(
            unbatched == [
                "x-model-server-model-version": "3", "x-model-server-queue-micros": "1",
                "x-model-server-compute-micros": "2000",
            ])
        facts.timings?.batchSize = 16
        #expect(facts.fields.last?.name == "x-model-server-batch-size" && facts.fields.last?.value == "16")
    }
}
