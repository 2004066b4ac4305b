import ServingCore
import Tensors
import Testing

@testable import Batching

struct BatchPartsTests {
    private func answer(_ values: [Float], queue: UInt64 = 0, compute: UInt64 = 0, size: Int = 0) -> BatchAnswer {
        let timings = RunTimings(queueNanoseconds: queue, computeNanoseconds: compute, batchSize: size)
        return BatchAnswer(outputs: [Tensor(values)], timings: timings)
    }

    private let six = Tensor([0, 1, 2, 3, 4, 5] as [Float])

    @Test func partsAreJoinedInTheOrderOfTheirRows() throws {
        let answers = Answers()
        let request = try answers.request(1, [six])
        request.complete(4..<6, .success(answer([4, 5], queue: 30, compute: 7, size: 9)))
        request.complete(0..<1, .success(answer([0], queue: 10, compute: 2, size: 3)))
        #expect(answers.total == 0)
        request.complete(1..<4, .success(answer([1, 2, 3], queue: 20, compute: 1, size: 4)))
        #expect(answers.count(1) == 1)
        #expect(answers.answer(1)?.outputs[0].array(Float.self) == [0, 1, 2, 3, 4, 5])
        #expect(answers.answer(1)?.timings == RunTimings(queueNanoseconds: 10, computeNanoseconds: 10, batchSize: 9))
    }

    @Test func stringsOfPartsLiveOn() throws {
        let answers = Answers()
        let request = try answers.request(1, [Tensor([1, 2] as [Float])])
        for row in 0..<2 {
            let outputs = [Tensor(texts: ["row \(row)"], shape: [1])]
            let timings = RunTimings(queueNanoseconds: 0, computeNanoseconds: 0, batchSize: 1)
            request.complete(row..<row + 1, .success(BatchAnswer(outputs: outputs, timings: timings)))
        }
        #expect(answers.answer(1)?.outputs[0].texts == ["row 0", "row 1"])
    }

    @Test func oneFailureFailsTheRequestAfterItsLastPart() throws {
        let answers = Answers()
        let request = try answers.request(1, [six])
        request.complete(0..<2, .success(answer([0, 1])))
        #expect(!request.isSettled)
        request.complete(2..<4, .failure(.internalError("first")))
        #expect(request.isSettled && answers.total == 0)
        request.complete(4..<6, .failure(.internalError("second")))
        #expect(answers.failure(1) == .internalError("first"))
        #expect(answers.total == 1)
    }

    @Test func whoTakesOverAnswersAlone() throws {
        let answers = Answers()
        let request = try answers.request(1, [six])
        request.complete(0..<2, .success(answer([0, 1])))
        #expect(request.takeOver())
        #expect(!request.takeOver())
        request.complete(2..<6, .success(answer([2, 3, 4, 5])))
        #expect(answers.total == 0)
    }

    @Test func partsOfDifferentShapesAreReported() throws {
        let answers = Answers()
        let request = try answers.request(1, [six])
        let timings = RunTimings(queueNanoseconds: 0, computeNanoseconds: 0, batchSize: 1)
        for (rows, width) in [(0..<2, 2), (2..<6, 3)] {
            let output = Tensor([Float](repeating: 0, count: rows.count * width), shape: [rows.count, width])
            let fits = request.complete(rows, .success(BatchAnswer(outputs: [output], timings: timings)))
            #expect(fits == (width == 2))
        }
        #expect(answers.total == 0)
        #expect(request.takeOver())
    }
}
