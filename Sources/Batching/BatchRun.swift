import ServingCore
import Tensors

/// One batch on its way through the model, with all the runs that it takes.
struct BatchRun {
    private let runner: BatchRunner
    /// What is still to be run, the next last.
    private var pending: [[BatchPiece]] = []
    private(set) var outcome = BatchRunner.Outcome()

    init(_ runner: BatchRunner) { self.runner = runner }

    /// Runs until all `pieces` are completed, at first no more than `limit` of them together.
    mutating func run(_ pieces: [BatchPiece], together limit: Int) {
        outcome.rows = pieces.reduce(0) { $0 + $1.rows.count }
        push(
            stride(from: 0, to: pieces.count, by: max(1, limit)).map {
                Array(pieces[$0..<min($0 + limit, pieces.count)])
            })
        while let next = pending.popLast() {
            let wanted = outcome.hasFailed ? withoutTheDead(next) : next
            let live = wanted.contains { $0.isMoot } ? withoutTheMoot(wanted) : wanted
            if !live.isEmpty { step(live) }
        }
    }

    /// Has `parts` run next, in this order.
    private mutating func push(_ parts: [[BatchPiece]]) {
        pending.append(contentsOf: parts.reversed().filter { !$0.isEmpty })
    }

    private mutating func pushHalves(_ pieces: [BatchPiece]) {
        let middle = pieces.count / 2
        push([Array(pieces[..<middle]), Array(pieces[middle...])])
    }

    private static let moot = Status(.cancelled, "another part of the request has failed")

    /// Completes the parts of requests that have failed elsewhere; returns the other pieces.
    private func withoutTheMoot(_ pieces: [BatchPiece]) -> [BatchPiece] {
        pieces.filter { piece in
            guard piece.isMoot else { return true }
            piece.fail(BatchRun.moot)
            return false
        }
    }

    /// Completes the pieces that nobody waits for any more; returns the others.
    private func withoutTheDead(_ pieces: [BatchPiece]) -> [BatchPiece] {
        let now = Instant(nanoseconds: runner.clock.nanoseconds())
        return pieces.filter { piece in
            guard let status = piece.request.reasonToDrop(at: now) else { return true }
            piece.fail(status)
            return false
        }
    }

    // MARK: Choosing what runs together

    /// Runs `pieces`, or leaves parts of them for later.
    private mutating func step(_ pieces: [BatchPiece]) {
        if runner.runsRequestsAlone {
            return pieces.count == 1 ? runWhole(pieces[0]) : push(pieces.map { [$0] })
        }
        if pieces.count == 1, pieces[0].isWhole, !runner.parameters.changesLoneRequests { return runWhole(pieces[0]) }
        let (fitting, odd) = separate(pieces)
        guard odd.isEmpty, !fitting.isEmpty else { return push([fitting] + odd) }
        let assembly = BatchAssembly(
            fitting, allowedSizes: runner.parameters.allowedBatchSizes, byteLimit: runner.byteLimit)
        let isTrusted = runner.isTrusted(rows: assembly.paddedRows)
        if fitting.count == 1 {
            let isInPlace = fitting[0].isWhole && assembly.paddedRows == assembly.rows
            return isInPlace || !isTrusted ? runWhole(fitting[0]) : runTogether(assembly)
        }
        if assembly.byteCount > runner.byteLimit { return pushHalves(fitting) }
        isTrusted ? runTogether(assembly) : push([[fitting[0]], Array(fitting[1...])])
    }

    /// Takes out the pieces that can't share a batch with the others although their keys are equal: under padding, parts of
    /// split requests, whose outputs must fit together, and what can't be padded, which is refused by the strict policy.
    private func separate(_ pieces: [BatchPiece]) -> (fitting: [BatchPiece], odd: [[BatchPiece]]) {
        guard runner.parameters.padsVariableLengthInputs else { return (pieces, []) }
        let longest = BatchAssembly.longest(pieces)
        let areEqual = pieces.allSatisfy { $0.request.hasSizes(longest) }
        if areEqual, runner.policy == .adaptive { return (pieces, []) }
        var fitting: [BatchPiece] = []
        var odd: [[BatchPiece]] = []
        for piece in pieces {
            if let refusal = piece.request.refusalToPad(to: longest) {
                runner.policy == .strict ? piece.fail(refusal) : odd.append([piece])
            } else if areEqual || piece.isWhole {
                fitting.append(piece)
            } else {
                odd.append([piece])
            }
        }
        return (fitting, odd)
    }

    // MARK: Running

    /// Runs the whole request that `piece` belongs to on its own inputs, unless another part of it is there first.
    private mutating func runWhole(_ piece: BatchPiece) {
        let request = piece.request
        guard piece.isWhole || request.takeOver() else { return piece.fail(BatchRun.moot) }
        let checksOutputs = !runner.runsRequestsAlone
        let start = runner.clock.nanoseconds()
        do throws(Status) {
            let inputs = try request.inputs.map { (input) throws(Status) in try input.tensor() }
            let outputs = try compute(inputs, request.deadline, request.cancellation)
            outcome.paddedRows += request.rows
            if checksOutputs { try checkRows(of: outputs, request.rows) }
            let timings = RunTimings(
                queueNanoseconds: start &- piece.arrival, computeNanoseconds: outcome.lastNanoseconds,
                batchSize: request.rows)
            request.complete(.success(BatchAnswer(outputs: outputs, timings: timings)))
        } catch {
            outcome.add(culprit: error)
            request.complete(.failure(error))
        }
    }

    /// Throws what the strict policy says to outputs that don't have `rows` rows.
    private func checkRows(of outputs: [Tensor], _ rows: Int) throws(Status) {
        guard let misfit = BatchRunner.OutputMisfit(outputs, rows: rows) else { return runner.noteFit(rows: rows) }
        if runner.policy == .strict { throw misfit.status }
        // Nothing can be told from no rows.
        if rows > 0 { runner.noteMisfit(misfit) }
    }

    private mutating func runTogether(_ assembly: BatchAssembly) {
        let start = runner.clock.nanoseconds()
        do throws(Status) {
            let outputs = try compute(
                try assembly.tensors(), assembly.latestDeadline, assembly.commonCancellation)
            let rows = assembly.paddedRows
            outcome.paddedRows += rows
            if let misfit = BatchRunner.OutputMisfit(outputs, rows: rows) {
                if runner.policy == .strict { throw misfit.status }
                runner.noteMisfit(misfit)
                return push(assembly.pieces.map { [$0] })
            }
            runner.noteFit(rows: rows)
            share(outputs, assembly, start)
        } catch {
            outcome.hasFailed = true
            isolate(assembly, error)
        }
    }

    private mutating func compute(
        _ inputs: [Tensor], _ deadline: Deadline, _ cancellation: CancellationFlag?
    ) throws(Status) -> [Tensor] {
        let start = runner.clock.nanoseconds()
        outcome.runs += 1
        defer { outcome.add(nanoseconds: runner.clock.nanoseconds() &- start) }
        return try runner.compute(inputs, deadline, cancellation)
    }

    /// Completes every piece with its rows of `outputs`.
    private mutating func share(_ outputs: [Tensor], _ assembly: BatchAssembly, _ start: UInt64) {
        let computeNanoseconds = outcome.lastNanoseconds
        var row = 0
        for piece in assembly.pieces {
            let rows = row..<row + piece.rows.count
            row = rows.upperBound
            let timings = RunTimings(
                queueNanoseconds: start &- piece.arrival, computeNanoseconds: computeNanoseconds,
                batchSize: assembly.rows)
            let answer = BatchAnswer(outputs: outputs.map { $0.rows(rows) }, timings: timings)
            if !piece.request.complete(piece.rows, .success(answer)) { rescue(piece) }
        }
    }

    /// Answers a request whose parts have outputs that don't fit together.
    private mutating func rescue(_ piece: BatchPiece) {
        if runner.policy == .adaptive { return runWhole(piece) }
        guard piece.request.takeOver() else { return }
        piece.request.complete(
            .failure(.failedPrecondition("The outputs for the parts of a request that was split have different shapes"))
        )
    }

    /// Finds out whose fault it was that the run of `assembly` failed.
    private mutating func isolate(_ assembly: BatchAssembly, _ status: Status) {
        let pieces = assembly.pieces
        if pieces.count > 1 {
            guard status.code == .cancelled || status.code == .deadlineExceeded else { return pushHalves(pieces) }
            let now = Instant(nanoseconds: runner.clock.nanoseconds())
            guard pieces.allSatisfy({ $0.request.reasonToDrop(at: now) != nil }) else { return pushHalves(pieces) }
            for piece in pieces { piece.fail(status) }
        } else if pieces[0].isWhole {
            // Without the padding of the rows: the error shall be that of a run without batching.
            runWhole(pieces[0])
        } else {
            outcome.add(culprit: status)
            pieces[0].fail(status)
        }
    }
}

extension BatchingParameters {
    /// Whether a request that is alone in its batch may be padded or refused.
    fileprivate var changesLoneRequests: Bool { !allowedBatchSizes.isEmpty || padsVariableLengthInputs }
}

extension BatchAssembly {
    /// When the last of the callers stops waiting.
    fileprivate var latestDeadline: Deadline {
        pieces.reduce(pieces[0].request.deadline) { max($0, $1.request.deadline) }
    }

    /// Cancelled when all callers have cancelled; nil if one of them can't.
    fileprivate var commonCancellation: CancellationFlag? {
        if pieces.count == 1 { return pieces[0].request.cancellation }
        var members: [CancellationFlag] = []
        members.reserveCapacity(pieces.count)
        for piece in pieces {
            guard let flag = piece.request.cancellation else { return nil }
            members.append(flag)
        }
        return CancellationFlag(forAll: members)
    }
}

extension Tensor {
    /// These rows, in place: the tensor's buffer lives as long as the result.
    fileprivate func rows(_ range: Range<Int>) -> Tensor {
        guard range.count < shape[0] else { return self }
        let rowBytes = byteCount / shape[0]
        var part = shape
        part[0] = range.count
        let buffer = TensorBuffer(
            borrowing: buffer.base + range.lowerBound * rowBytes, byteCount: range.count * rowBytes, owner: buffer)
        return Tensor(dataType: dataType, shape: part, buffer: buffer)
    }
}
