import ServingCore
import TestSupport
import Tensors
import Testing
import Threading

@testable import Batching

/// Twice the rows, and a text for each row. Rows with a negative number are refused.
private func twice(_ inputs: [Tensor]) throws(Status) -> [Tensor] {
    let numbers = inputs[0].array(Int64.self)
    if let poison = numbers.first(where: { $0 < 0 }) {
        throw .invalidArgument("\(poison) among the \(inputs[0].shape) inputs")
    }
    let rows = inputs[0].shape[0]
    let width = rows == 0 ? 0 : numbers.count / rows
    let texts = (0..<rows).map { "\(numbers[($0 * width)..<($0 + 1) * width])" }
    return [Tensor(numbers.map { 2 * $0 }, shape: inputs[0].shape), Tensor(texts: texts, shape: [rows])]
}

private func numbers(_ values: Int64...) -> Tensor { Tensor(values) }

struct BatchRunTests {
    @Test func everyRequestGetsItsOwnRows() throws {
        let answers = Answers()
        let clock = ManualClock()
        clock.advance(50)
        let (runner, runs) = makeRunner(clock: clock) { (inputs) throws(Status) in
            clock.advance(7)
            return try twice(inputs)
        }
        runner.noteFit(rows: 1)
        let pieces = try [numbers(1, 2), numbers(3), numbers(4, 5, 6)].enumerated().map {
            BatchPiece(try answers.request($0, [$1]), arrival: UInt64(10 * $0))
        }
        let outcome = runner.run(pieces)
        #expect(runs.rows == [6])
        #expect(
            outcome.rows == 6 && outcome.paddedRows == 6 && outcome.runs == 1 && outcome.computeNanoseconds == 7
                && !outcome.hasFailed)
        #expect(answers.total == 3)
        #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [2, 4])
        #expect(answers.answer(2)?.outputs[0].array(Int64.self) == [8, 10, 12])
        #expect(answers.answer(2)?.outputs[1].texts == ["[4]", "[5]", "[6]"])
        #expect(
            answers.answer(1)?.timings == RunTimings(queueNanoseconds: 40, computeNanoseconds: 7, batchSize: 6))
    }

    @Test func outputsAreShownInPlaceAndOutliveTheBatch() throws {
        let answers = Answers()
        let output = Tensor(texts: ["a", "b", "c"], shape: [3])
        let base = output.buffer.base
        let (runner, _) = makeRunner { _ in [output] }
        runner.noteFit(rows: 1)
        _ = runner.run(try [numbers(1), numbers(2, 3)].enumerated().map { BatchPiece(try answers.request($0, [$1])) })
        let part = try #require(answers.answer(1)?.outputs[0])
        #expect(part.buffer.base == base + 16 && part.shape == [2])
        #expect(!part.buffer.isWritable)
        #expect(part.texts == ["b", "c"])
    }

    @Test func aLoneRequestRunsOnItsOwnInputs() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: twice)
        let input = numbers(1, 2)
        _ = runner.run([BatchPiece(try answers.request(0, [input]))])
        #expect(runs.list[0].inputs[0].buffer === input.buffer)
        #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [2, 4])
    }

    @Test func rowsArePaddedToAnAllowedSizeAndCutOff() throws {
        for policy in BatchScheduler.Policy.allCases {
            let answers = Answers()
            var parameters = BatchingParameters()
            parameters.allowedBatchSizes = [4, 8]
            let (runner, runs) = makeRunner(parameters, policy: policy, model: twice)
            runner.noteFit(rows: 1)
            let outcome = runner.run([BatchPiece(try answers.request(0, [numbers(5, 6, 7)]))])
            #expect(runs.list[0].inputs[0].array(Int64.self) == [5, 6, 7, 5])
            #expect(outcome.rows == 3 && outcome.paddedRows == 4)
            #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [10, 12, 14])
            #expect(answers.answer(0)?.timings.batchSize == 3)
        }
    }

    @Test func theLatestDeadlineAndTheLastCancellationCount() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: twice)
        runner.noteFit(rows: 1)
        let flags = (0..<3).map { _ in CancellationFlag() }
        let pieces = try flags.enumerated().map { index, flag in
            let deadline = Deadline(Instant(nanoseconds: UInt64(100 + index)))
            return BatchPiece(
                try answers.request(index, [numbers(1)], deadline: deadline, cancellation: flag))
        }
        _ = runner.run(pieces)
        #expect(runs.list[0].deadline == Deadline(Instant(nanoseconds: 102)))
        let common = try #require(runs.list[0].cancellation)
        for flag in flags.reversed() {
            #expect(!common.isCancelled)
            flag.cancel()
        }
        #expect(common.isCancelled)
        _ = runner.run(pieces.map { BatchPiece($0.request) } + [BatchPiece(try answers.request(9, [numbers(1)]))])
        #expect(runs.list[1].cancellation == nil && runs.list[1].deadline == .never)
    }

    @Test func partsOfASplitRequestComeTogether() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: twice)
        runner.noteFit(rows: 1)
        let large = try answers.request(0, [numbers(1, 2, 3, 4, 5)])
        _ = runner.run([BatchPiece(try answers.request(1, [numbers(9)])), BatchPiece(large, 0..<2)])
        #expect(answers.count(0) == 0)
        _ = runner.run([BatchPiece(large, 2..<5)])
        #expect(runs.list.map { $0.inputs[0].array(Int64.self) } == [[9, 1, 2], [3, 4, 5]])
        #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [2, 4, 6, 8, 10])
        #expect(answers.answer(0)?.outputs[1].texts == ["[1]", "[2]", "[3]", "[4]", "[5]"])
        #expect(answers.total == 2)
    }

    @Test func theOtherPartsOfAFailedRequestAreNotRun() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: twice)
        runner.noteFit(rows: 1)
        let large = try answers.request(0, [numbers(1, -2, 3, 4)])
        _ = runner.run([BatchPiece(large, 0..<2)])
        _ = runner.run([BatchPiece(try answers.request(1, [numbers(9)])), BatchPiece(large, 2..<4)])
        #expect(runs.rows == [2, 1])
        #expect(answers.failure(0) == .invalidArgument("-2 among the [2] inputs"))
        #expect(answers.answer(1)?.outputs[0].array(Int64.self) == [18])
        #expect(answers.total == 2)
    }

    @Test func lengthsArePaddedAndPartsAreNot() throws {
        var parameters = BatchingParameters()
        parameters.padsVariableLengthInputs = true
        let answers = Answers()
        let (runner, runs) = makeRunner(parameters, model: twice)
        runner.noteFit(rows: 1)
        let short = Tensor([1, 2] as [Int64], shape: [2, 1])
        let long = Tensor([3, 4] as [Int64], shape: [1, 2])
        _ = runner.run([BatchPiece(try answers.request(0, [short])), BatchPiece(try answers.request(1, [long]))])
        #expect(runs.list[0].inputs[0].array(Int64.self) == [1, 1, 2, 1, 3, 4])
        #expect(answers.answer(0)?.outputs[0].shape == [2, 2])
        _ = runner.run([BatchPiece(try answers.request(2, [short]), 0..<1), BatchPiece(try answers.request(3, [long]))])
        #expect(runs.list[1...].map { $0.inputs[0].shape } == [[1, 2], [1, 1]])
    }

    @Test func whatCannotBePaddedRunsAloneOrIsRefused() throws {
        var parameters = BatchingParameters()
        parameters.padsVariableLengthInputs = true
        let empty = Tensor([Int64](), shape: [2, 0])
        let full = Tensor([3, 4] as [Int64], shape: [1, 2])
        for policy in BatchScheduler.Policy.allCases {
            let answers = Answers()
            let (runner, runs) = makeRunner(parameters, policy: policy, model: twice)
            runner.noteFit(rows: 9)
            let inputs = [full, empty, full, Tensor([5] as [Int64], shape: [1, 1])]
            _ = runner.run(try inputs.enumerated().map { BatchPiece(try answers.request($0, [$1])) })
            #expect(runs.rows == (policy == .strict ? [3] : [3, 2]))
            #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [6, 8])
            #expect(answers.answer(3)?.outputs[0].array(Int64.self) == [10, 10])
            #expect(answers.answer(1)?.outputs[0].shape == (policy == .strict ? nil : [2, 0]))
            let refusal = Status.invalidArgument("Got empty tensor in batch of non-empty tensors.")
            #expect(answers.failure(1) == (policy == .strict ? refusal : nil))
            let deep = Tensor([1] as [Int64], shape: [1, 1, 1, 1, 1, 1, 1])
            _ = runner.run([BatchPiece(try answers.request(4, [deep])), BatchPiece(try answers.request(5, [deep]))])
            let refused = Status.invalidArgument("Only tensors with rank from 1 to 6 can be padded.")
            #expect(answers.failure(4) == (policy == .strict ? refused : nil))
            #expect(answers.failure(5) == (policy == .strict ? refused : nil))
        }
    }

    @Test func largeBatchesRunInParts() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(byteLimit: 3 * 8, model: twice)
        runner.noteFit(rows: 9)
        let pieces = try (0..<8).map { BatchPiece(try answers.request($0, [numbers(Int64($0))])) }
        #expect(!runner.run(pieces).hasFailed)
        #expect(runs.rows == [2, 2, 2, 2])
        _ = runner.run([BatchPiece(try answers.request(8, [numbers(1, 2, 3, 4, 5)]))])
        #expect(runs.rows.last == 5)
        for index in 0..<8 { #expect(answers.answer(index)?.outputs[0].array(Int64.self) == [Int64(2 * index)]) }
    }

    @Test func signaturesWithStateRunOnceForEachRequest() throws {
        var parameters = BatchingParameters()
        parameters.allowedBatchSizes = [8]
        let answers = Answers()
        let (runner, runs) = makeRunner(parameters, mayRepeat: false, model: twice)
        #expect(runner.runsRequestsAlone)
        let pieces = try [numbers(1, 2), numbers(-3), numbers(4)].enumerated().map {
            BatchPiece(try answers.request($0, [$1]))
        }
        #expect(runner.run(pieces).runs == 3)
        #expect(runs.rows == [2, 1, 1])
        #expect(answers.failure(1) == .invalidArgument("-3 among the [1] inputs"))
        #expect(answers.answer(2)?.outputs[0].array(Int64.self) == [8])
        let split = try answers.request(5, [numbers(1, 2, 3)])
        for rows in [0..<1, 1..<3] { _ = runner.run([BatchPiece(split, rows)]) }
        #expect(runs.rows == [2, 1, 1, 3])
        #expect(answers.count(5) == 1)
    }
}

/// Models whose outputs can't be shared out by rows.
struct BatchMisfitTests {
    private let sum: @Sendable ([Tensor]) throws(Status) -> [Tensor] = { inputs in
        [Tensor(scalar: inputs[0].array(Int64.self).reduce(0, +))]
    }

    @Test func theAdaptivePolicyRunsThemOneByOne() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: sum)
        runner.noteFit(rows: 9)
        let pieces = try [numbers(1, 2), numbers(3)].enumerated().map { BatchPiece(try answers.request($0, [$1])) }
        #expect(!runner.runsRequestsAlone)
        _ = runner.run(pieces)
        #expect(runner.runsRequestsAlone)
        #expect(runs.rows == [3, 2, 1])
        #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [3])
        #expect(answers.answer(1)?.outputs[0].array(Int64.self) == [3])
        _ = runner.run(try (2..<4).map { BatchPiece(try answers.request($0, [numbers(Int64($0))])) })
        #expect(runs.rows == [3, 2, 1, 1, 1])
        #expect(answers.answer(3)?.outputs[0].shape == [])
    }

    @Test func aLoneRequestShowsIt() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: sum)
        _ = runner.run([BatchPiece(try answers.request(0, [numbers(1, 2)]))])
        #expect(runner.runsRequestsAlone && runs.rows == [2])
        #expect(answers.answer(0)?.outputs[0].array(Int64.self) == [3])
    }

    @Test func theStrictPolicySaysWhatTensorFlowServingSays() throws {
        let answers = Answers()
        let (scalars, runs) = makeRunner(policy: .strict, model: sum)
        _ = scalars.run([
            BatchPiece(try answers.request(0, [numbers(1, 2)])), BatchPiece(try answers.request(1, [numbers(1)])),
        ])
        let expected = Status.failedPrecondition("Batched output tensor has 0 dimensions")
        #expect(answers.failure(0) == expected && answers.failure(1) == expected)
        #expect(!scalars.runsRequestsAlone && runs.rows == [3, 2, 1])
        let (constants, _) = makeRunner(policy: .strict) { _ in [Tensor([1, 2, 3] as [Float])] }
        _ = constants.run([BatchPiece(try answers.request(2, [numbers(1, 2)]))])
        #expect(
            answers.failure(2)
                == .failedPrecondition(
                    "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors"
                ))
    }

    @Test func anOutputOfFixedSizeIsNeverSharedOut() throws {
        // Three rows whatever comes in: the first batch has as many.
        for allowed in [[], [3 as Int64]] {
            var parameters = BatchingParameters()
            parameters.allowedBatchSizes = allowed
            let answers = Answers()
            let (runner, _) = makeRunner(parameters) { _ in [Tensor([1, 2, 3] as [Float])] }
            _ = runner.run(try (0..<3).map { BatchPiece(try answers.request($0, [numbers(Int64($0))])) })
            for index in 0..<3 { #expect(answers.answer(index)?.outputs[0].array(Float.self) == [1, 2, 3]) }
            #expect(runner.runsRequestsAlone)
        }
        let answers = Answers()
        let (runner, runs) = makeRunner { _ in [Tensor([1, 2] as [Float])] }
        let split = try answers.request(0, [numbers(1, 2, 3, 4)])
        for rows in [0..<2, 2..<4] { _ = runner.run([BatchPiece(split, rows)]) }
        #expect(answers.answer(0)?.outputs[0].array(Float.self) == [1, 2])
        #expect(answers.total == 1 && runs.rows == [4])
    }

    @Test func oneProofIsEnough() throws {
        let answers = Answers()
        let (runner, runs) = makeRunner(model: twice)
        for start in [0, 4, 8] {
            _ = runner.run(try (start..<start + 4).map { BatchPiece(try answers.request($0, [numbers(Int64($0))])) })
        }
        #expect(runs.rows == [1, 3, 4, 4])
        #expect(answers.total == 12)
    }

    @Test func noRowsProveNothing() throws {
        let answers = Answers()
        let (runner, _) = makeRunner { inputs in inputs[0].shape[0] == 0 ? [Tensor([1] as [Float])] : inputs }
        _ = runner.run([BatchPiece(try answers.request(0, [Tensor([Int64]())]))])
        #expect(!runner.runsRequestsAlone)
        #expect(answers.answer(0)?.outputs[0].shape == [1])
    }

    @Test func partsThatDoNotFitTogetherRunAsOne() throws {
        // As wide as the rows of the run.
        let model: @Sendable ([Tensor]) throws(Status) -> [Tensor] = { inputs in
            let rows = inputs[0].shape[0]
            return [Tensor([Float](repeating: 0, count: rows * rows), shape: [rows, rows])]
        }
        let answers = Answers()
        let (runner, runs) = makeRunner(model: model)
        let (strict, _) = makeRunner(policy: .strict, model: model)
        runner.noteFit(rows: 9)
        for (number, runner) in [runner, strict].enumerated() {
            let split = try answers.request(number, [numbers(1, 2, 3)])
            for rows in [0..<1, 1..<3] { _ = runner.run([BatchPiece(split, rows)]) }
        }
        #expect(runs.rows == [1, 2, 3])
        #expect(answers.answer(0)?.outputs[0].shape == [3, 3])
        #expect(answers.failure(1)?.code == .failedPrecondition)
        #expect(answers.total == 2)
    }
}
