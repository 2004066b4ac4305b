import ServingCore
import Synchronization
import Tensors
import Threading

/// Computes the batches of one queue: puts the inputs together, runs, and gives every request its own rows of the outputs.
///
/// Nobody pays for a neighbour: a batch that fails is run again in halves until those who fail are alone, so their errors are
/// those of a run without batching. Any number of threads may run batches at once.
final class BatchRunner: Sendable {
    /// What became of the pieces of a batch.
    struct Outcome: Sendable, Hashable {
        /// Of all pieces.
        var rows = 0
        /// Rows that were computed, with those that only fill up an allowed size, by runs that did not fail.
        var paddedRows = 0
        /// Of all runs together.
        var computeNanoseconds: UInt64 = 0
        /// How often the model ran: once if all went well.
        var runs = 0
        /// Pieces that failed alone, except because nobody waited for them any more.
        var culprits = 0
        /// Whether a run failed; then the time says little about the size.
        var hasFailed = false
        /// Of the last run.
        private(set) var lastNanoseconds: UInt64 = 0

        /// Counts a piece that failed alone.
        mutating func add(culprit status: Status) {
            hasFailed = true
            if status.code != .cancelled, status.code != .deadlineExceeded { culprits += 1 }
        }

        /// Counts the time of a run.
        mutating func add(nanoseconds: UInt64) {
            lastNanoseconds = nanoseconds
            computeNanoseconds &+= nanoseconds
        }
    }

    let identity: BatchQueue.Identity
    let parameters: BatchingParameters
    let policy: BatchScheduler.Policy
    /// Whether a run that failed may be run again: false for signatures that change the model's state. Those, too, are run
    /// one request at a time.
    let mayRepeat: Bool
    /// Bytes that the inputs of a batch of several requests may take; larger batches are run in parts.
    let byteLimit: Int
    let clock: any Clock
    let compute: BatchQueue.Run
    private let isUnbatchable = Atomic<Bool>(false)
    private let proof = Atomic<Int>(BatchRunner.unproven)
    private let culpritRate = Mutex(CulpritRate())

    private static let unproven = 0
    private static let proven = -1

    /// - Parameter compute: the model.
    init(
        _ identity: BatchQueue.Identity, _ parameters: BatchingParameters, policy: BatchScheduler.Policy,
        mayRepeat: Bool = true, byteLimit: Int = 1 << 30, clock: any Clock, compute: @escaping BatchQueue.Run
    ) {
        self.identity = identity
        self.parameters = parameters
        self.policy = policy
        self.mayRepeat = mayRepeat
        self.byteLimit = byteLimit
        self.clock = clock
        self.compute = compute
    }

    /// Whether requests don't share batches, are not split and not padded: because of `mayRepeat`, or because the outputs
    /// have turned out not to have the rows of the inputs, which only the adaptive policy puts up with.
    var runsRequestsAlone: Bool { !mayRepeat || isUnbatchable.load(ordering: .relaxed) }

    /// Runs a batch on the calling thread and completes each of `pieces`, whose keys are equal, exactly once.
    func run(_ pieces: [BatchPiece]) -> Outcome {
        var run = BatchRun(self)
        run.run(pieces, together: culpritRate.withLock { $0.mostTogether } ?? pieces.count)
        culpritRate.withLock { $0.record(requests: pieces.count, culprits: run.outcome.culprits) }
        return run.outcome
    }

    // MARK: What is known of the outputs

    /// Whether a batch of `rows` rows may be split by rows before anything else is known. An output with a fixed first
    /// dimension, which happens to be that of a batch, would be handed out in pieces. It gives itself away when the number of
    /// rows changes.
    func isTrusted(rows: Int) -> Bool {
        let proof = proof.load(ordering: .relaxed)
        return policy == .strict || proof == BatchRunner.proven || (proof != BatchRunner.unproven && proof != rows)
    }

    /// Records that all outputs had the rows of the inputs.
    func noteFit(rows: Int) {
        let known = proof.load(ordering: .relaxed)
        guard known != BatchRunner.proven, rows > 0, known != rows else { return }
        proof.store(known == BatchRunner.unproven ? rows : BatchRunner.proven, ordering: .relaxed)
    }

    /// Makes all requests run alone from now on.
    func noteMisfit(_ misfit: OutputMisfit) {
        guard !isUnbatchable.exchange(true, ordering: .relaxed) else { return }
        let output = identity.outputs.indices.contains(misfit.output) ? identity.outputs[misfit.output] : ""
        Log.warning(
            "Requests to model \"\(identity.model)\" version \(identity.version) signature \"\(identity.signature)\" "
                + "are not batched any more, because output \"\(output)\" cannot be shared out by rows: its shape is "
                + "\(misfit.shape), the first dimension of the inputs \(misfit.rows)")
    }

    /// An output that can't be shared out by rows.
    struct OutputMisfit: Sendable {
        let output: Int
        let shape: TensorShape
        /// Of the inputs.
        let rows: Int

        /// The first of `outputs` whose first dimension is not `rows`; nil if there is none.
        init?(_ outputs: [Tensor], rows: Int) {
            guard let index = outputs.firstIndex(where: { $0.shape.rank == 0 || $0.shape[0] != rows }) else {
                return nil
            }
            output = index
            shape = outputs[index].shape
            self.rows = rows
        }

        /// TensorFlow Serving's words.
        var status: Status {
            if shape.rank == 0 { return .failedPrecondition("Batched output tensor has 0 dimensions") }
            return .failedPrecondition(
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors"
            )
        }
    }
}
