import ServingCore
import Tensors

/// The answers for the parts of a request that was split, until all of them are there.
struct BatchParts {
    private enum State {
        case collecting
        case failed(Status)
        /// Answered, or taken over by somebody who will answer.
        case settled
    }

    private var state = State.collecting
    private var answers: [(rows: Range<Int>, answer: BatchAnswer)] = []
    private var missing: Int

    /// - Parameter rows: of the whole request.
    init(rows: Int) { missing = rows }

    /// What there is to do after a part has been completed.
    enum Step {
        /// Other parts are still on their way, or the answer is somebody else's.
        case wait
        /// All parts are there, in the order of their rows.
        case join([BatchAnswer])
        case fail(Status)
    }

    /// Whether more parts make no difference to the answer.
    var isSettled: Bool {
        if case .collecting = state { return false }
        return true
    }

    mutating func complete(_ rows: Range<Int>, _ result: Result<BatchAnswer, Status>) -> Step {
        missing -= rows.count
        if case .collecting = state {
            switch result {
            case .success(let answer): answers.append((rows, answer))
            case .failure(let status):
                state = .failed(status)
                answers = []
            }
        }
        return missing > 0 ? .wait : finish()
    }

    private mutating func finish() -> Step {
        switch state {
        case .settled: return .wait
        case .failed(let status):
            state = .settled
            return .fail(status)
        case .collecting:
            let sorted = answers.sorted { $0.rows.lowerBound < $1.rows.lowerBound }
            answers = []
            return .join(sorted.map(\.answer))
        }
    }

    /// Makes the caller the one who answers; false if the request has failed or somebody else does.
    mutating func takeOver() -> Bool {
        guard !isSettled else { return false }
        state = .settled
        answers = []
        return true
    }
}

extension BatchAnswer {
    /// The outputs of `parts` behind each other: the one copy that splitting costs. The wait is that of the part that began
    /// first, the computing time that of all parts, the batch the largest.
    ///
    /// Throws FAILED_PRECONDITION if they differ in more than their rows, RESOURCE_EXHAUSTED without memory.
    init(joining parts: [BatchAnswer]) throws(Status) {
        guard let first = parts.first else { preconditionFailure("nothing to join") }
        var timings = first.timings
        for part in parts.dropFirst() {
            timings.queueNanoseconds = min(timings.queueNanoseconds, part.timings.queueNanoseconds)
            timings.computeNanoseconds &+= part.timings.computeNanoseconds
            timings.batchSize = max(timings.batchSize, part.timings.batchSize)
        }
        var outputs: [Tensor] = []
        outputs.reserveCapacity(first.outputs.count)
        for index in first.outputs.indices {
            outputs.append(try BatchAnswer.concatenation(of: parts.map { $0.outputs[index] }))
        }
        self.init(outputs: outputs, timings: timings)
    }

    private static func concatenation(of tensors: [Tensor]) throws(Status) -> Tensor {
        var shape = tensors[0].shape
        var rows = 0
        for tensor in tensors {
            var expected = shape
            expected[0] = tensor.shape[0]
            guard tensor.shape == expected, tensor.dataType == tensors[0].dataType else {
                throw .failedPrecondition(
                    "The outputs for the parts of a request that was split have different shapes: \(shape) and "
                        + "\(tensor.shape)")
            }
            rows += tensor.shape[0]
        }
        shape[0] = rows
        guard let joined = Tensor(allocating: tensors[0].dataType, shape: shape) else {
            throw .resourceExhausted("no memory is left for an output of shape \(shape)")
        }
        var target = joined.buffer.base
        for tensor in tensors where tensor.shape[0] > 0 {
            tensor.write(0..<tensor.shape[0], to: target, of: joined.buffer)
            target += tensor.byteCount
        }
        return joined
    }
}
