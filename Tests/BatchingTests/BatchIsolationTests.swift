import ServingCore
import TestSupport
import Tensors
import Testing
import Threading

@testable import Batching

/// Who pays for whose failure.
struct BatchIsolationTests {
    /// Each row plus one. Throws if a row is negative: the text tells which, and between how many rows it stood.
    private static func next(_ inputs: [Tensor]) throws(Status) -> [Tensor] {
        let values = inputs[0].array(Int32.self)
        if let poison = values.first(where: { $0 < 0 }) {
            throw .outOfRange("\(poison) of \(inputs[0].shape)")
        }
        return [Tensor(values.map { $0 + 1 }, shape: inputs[0].shape)]
    }

    @Test func onlyTheCulpritsFail() throws {
        var noise = Noise(state: 77)
        for round in 0..<400 {
            let count = Int.random(in: 1...40, using: &noise)
            var parameters = BatchingParameters()
            if Bool.random(using: &noise) { parameters.allowedBatchSizes = [2, 16, 50] }
            let policy: BatchScheduler.Policy = Bool.random(using: &noise) ? .strict : .adaptive
            let (runner, runs) = makeRunner(parameters, policy: policy, model: BatchIsolationTests.next)
            let answers = Answers()
            let poisonRate = [0, 0.05, 0.3, 1].randomElement(using: &noise)!
            let inputs = (0..<count).map { number in
                let rows = Int.random(in: 1...3, using: &noise)
                let isPoisoned = Double.random(in: 0..<1, using: &noise) < poisonRate
                return Tensor((0..<rows).map { Int32(isPoisoned && $0 == rows - 1 ? -1 - number : number) })
            }
            let outcome = runner.run(try inputs.enumerated().map { BatchPiece(try answers.request($0, [$1])) })
            #expect(answers.total == count)
            var culprits = 0
            for (number, input) in inputs.enumerated() {
                #expect(answers.count(number) == 1)
                if let poison = input.array(Int32.self).first(where: { $0 < 0 }) {
                    culprits += 1
                    #expect(answers.failure(number) == .outOfRange("\(poison) of \(input.shape)"), "round \(round)")
                } else {
                    let expected = [Int32](repeating: Int32(number + 1), count: input.shape[0])
                    #expect(answers.answer(number)?.outputs[0].array(Int32.self) == expected, "round \(round)")
                }
            }
            // Two halves on each level above a culprit, one run more if it was padded, and those that prove the outputs.
            let levels = Int.bitWidth - (count - 1).leadingZeroBitCount
            let proofs = policy == .strict ? 0 : culprits + 1
            #expect(runs.list.count <= 1 + culprits * (2 * levels + 1) + proofs)
            #expect(outcome.runs == runs.list.count && outcome.hasFailed == (culprits > 0))
        }
    }

    /// Requests of random sizes, cut into pieces, in batches of random sizes, some of them poisoned or cancelled.
    @Test func everyRequestIsAnsweredOnceHoweverItIsCut() throws {
        var noise = Noise(state: 78)
        for round in 0..<300 {
            let policy: BatchScheduler.Policy = Bool.random(using: &noise) ? .strict : .adaptive
            var parameters = BatchingParameters()
            parameters.allowedBatchSizes = Bool.random(using: &noise) ? [4, 32] : []
            parameters.padsVariableLengthInputs = Bool.random(using: &noise)
            let (runner, _) = makeRunner(parameters, policy: policy, model: BatchIsolationTests.next)
            let answers = Answers()
            var inputs: [Tensor] = []
            var cancelled: Set<Int> = []
            var pieces: [BatchPiece] = []
            for number in 0..<Int.random(in: 1...20, using: &noise) {
                let rows = Int.random(in: 0...12, using: &noise)
                let poison = Int.random(in: 0..<60, using: &noise)
                let input = Tensor((0..<rows).map { Int32($0 == poison ? -1 - number : number * 100 + $0) })
                let flag = CancellationFlag()
                if Int.random(in: 0..<8, using: &noise) == 0 {
                    flag.cancel()
                    cancelled.insert(number)
                }
                inputs.append(input)
                let request = try answers.request(number, [input], cancellation: flag)
                for rows in cuts(of: rows, &noise) { pieces.append(BatchPiece(request, rows)) }
            }
            if Bool.random(using: &noise) { pieces.shuffle(using: &noise) }
            while !pieces.isEmpty {
                let size = min(pieces.count, Int.random(in: 1...8, using: &noise))
                _ = runner.run(Array(pieces[..<size]))
                pieces.removeFirst(size)
            }
            for (number, input) in inputs.enumerated() {
                #expect(answers.count(number) == 1, "round \(round), request \(number)")
                let values = input.array(Int32.self)
                if let status = answers.failure(number) {
                    let isPoisoned = values.contains { $0 < 0 } && status.message.hasPrefix("\(-1 - number) of")
                    #expect(isPoisoned || (status.code == .cancelled && cancelled.contains(number)), "\(status)")
                } else {
                    #expect(answers.answer(number)?.outputs[0].array(Int32.self) == values.map { $0 + 1 })
                }
            }
        }
    }

    private func cuts(of rows: Int, _ noise: inout Noise) -> [Range<Int>] {
        guard rows > 1, Bool.random(using: &noise) else { return [0..<rows] }
        var ranges: [Range<Int>] = []
        var start = 0
        while start < rows {
            let end = min(rows, start + Int.random(in: 1...5, using: &noise))
            ranges.append(start..<end)
            start = end
        }
        return ranges
    }

    @Test func memoryThatRunsOutForManySufficesForFew() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner { (inputs) throws(Status) in
            if inputs[0].shape[0] > 3 { throw .resourceExhausted("too many rows") }
            return inputs
        }
        runner.noteFit(rows: 1)
        _ = runner.run(try (0..<8).map { BatchPiece(try answers.request($0, [Tensor([Int32($0)])])) })
        #expect(runs.rows == [8, 4, 2, 2, 4, 2, 2])
        for number in 0..<8 { #expect(answers.answer(number)?.outputs[0].array(Int32.self) == [Int32(number)]) }
    }

    @Test func whenEverybodyIsGoneNothingIsRepeated() throws {
        let answers = Answers()
        let clock = ManualClock()
        let flags = (0..<4).map { _ in CancellationFlag() }
        let (runner, runs) = makeRunner(clock: clock) { (_) throws(Status) in
            for flag in flags { flag.cancel() }
            throw Status(.cancelled, "RunManyGraphs")
        }
        runner.noteFit(rows: 1)
        _ = runner.run(
            try flags.enumerated().map { BatchPiece(try answers.request($0, [Tensor([1 as Int32])], cancellation: $1)) }
        )
        #expect(runs.rows == [4])
        for number in 0..<4 { #expect(answers.failure(number) == Status(.cancelled, "RunManyGraphs")) }
    }

    @Test func thoseWhoAreGoneAreNotRepeated() throws {
        let answers = Answers()
        let clock = ManualClock()
        let flag = CancellationFlag()
        let (runner, runs) = makeRunner(clock: clock) { (inputs) throws(Status) in
            flag.cancel()
            clock.advance(100)
            return try BatchIsolationTests.next(inputs)
        }
        runner.noteFit(rows: 9)
        let early = Deadline(Instant(nanoseconds: 50))
        _ = runner.run([
            BatchPiece(try answers.request(0, [Tensor([5 as Int32])], cancellation: flag)),
            BatchPiece(try answers.request(1, [Tensor([6 as Int32])], deadline: early)),
            BatchPiece(try answers.request(2, [Tensor([-1 as Int32])])),
            BatchPiece(try answers.request(3, [Tensor([8 as Int32])])),
        ])
        #expect(runs.rows == [4, 2, 1, 1])
        #expect(answers.failure(0)?.code == .cancelled)
        #expect(answers.failure(1) == .resourceExhausted("Run() timeout exceeded while waiting in batching queue"))
        #expect(answers.failure(2) == .outOfRange("-1 of [1]"))
        #expect(answers.answer(3)?.outputs[0].array(Int32.self) == [9])
    }

    @Test func anErrorAfterPaddingIsThatOfTheRequestItself() throws {
        var parameters = BatchingParameters()
        parameters.allowedBatchSizes = [8]
        let answers = Answers()
        let (runner, runs) = makeRunner(parameters, model: BatchIsolationTests.next)
        runner.noteFit(rows: 1)
        _ = runner.run([BatchPiece(try answers.request(0, [Tensor([-4, 2] as [Int32])]))])
        #expect(runs.rows == [8, 2])
        #expect(answers.failure(0) == .outOfRange("-4 of [2]"))
    }

    @Test func whereManyFailFewerShareARun() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: BatchIsolationTests.next)
        var number = 0
        func batch(culprits: Int) throws -> Int {
            let before = runs.list.count
            let pieces = try (0..<16).map { index in
                number += 1
                return BatchPiece(try answers.request(number, [Tensor([Int32(index < culprits ? -1 : 1)])]))
            }
            _ = runner.run(pieces)
            return runs.list.count - before
        }
        for _ in 0..<3 { _ = try batch(culprits: 0) }
        // A single one among many is looked for in a whole batch.
        #expect(try batch(culprits: 1) == 9)
        #expect(try batch(culprits: 0) == 1)
        for _ in 0..<40 { _ = try batch(culprits: 8) }
        #expect(try batch(culprits: 8) == 16)
        for _ in 0..<60 { _ = try batch(culprits: 0) }
        #expect(try batch(culprits: 0) == 1)
        #expect(answers.total == number)
    }
}

struct CulpritRateTests {
    @Test func withoutCulpritsAnyNumberMayRunTogether() {
        var rate = CulpritRate()
        rate.record(requests: 1000, culprits: 0)
        #expect(rate.mostTogether == nil)
    }

    @Test func theNumberFollowsTheShare() throws {
        var rate = CulpritRate()
        for _ in 0..<200 { rate.record(requests: 32, culprits: 1) }
        #expect(rate.mostTogether == 16)
        for _ in 0..<200 { rate.record(requests: 32, culprits: 32) }
        #expect(rate.mostTogether == 1)
        for _ in 0..<200 { rate.record(requests: 8, culprits: 0) }
        #expect(rate.mostTogether == nil)
    }
}
