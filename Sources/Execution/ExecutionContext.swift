import ServingCore
import Tensors
import Threading

/// Reads the variables of a checkpoint for the restore ops of a graph.
public protocol CheckpointReader: AnyObject, Sendable {
    /// The tensor saved under `name`, with shape and bytes checked. Throws NOT_FOUND if there is none.
    func tensor(named name: String) throws(Status) -> Tensor
    /// The part of the tensor saved under `name` that `shapeAndSlice` names in the notation of `RestoreV2`: the sizes of
    /// the whole tensor and then a slice, as in `40 10 0,20:-`. An empty text means the whole tensor.
    func tensor(named name: String, shapeAndSlice: String) throws(Status) -> Tensor
    /// True if a tensor is saved under `name`.
    func contains(_ name: String) -> Bool
    /// Does ahead, several at a time, what can be done of the work of reading the tensors saved under `names`, all of which somebody
    /// will ask for. What is wrong with one is told when it is asked for.
    func prepare(_ names: [String])
}

extension CheckpointReader {
    public func prepare(_ names: [String]) {}
}

/// What kernels may ask of the world outside the graph; only the ops that restore and initialise use it.
public protocol ExecutionEnvironment: Sendable {
    /// Opens the checkpoint whose files begin with `prefix`.
    func checkpoint(prefix: String) throws(Status) -> any CheckpointReader
    /// The contents of the asset file at `path`.
    func readFile(_ path: String) throws(Status) -> [UInt8]
}

/// An environment without files.
public struct EmptyEnvironment: ExecutionEnvironment {
    public init() {}

    public func checkpoint(prefix: String) throws(Status) -> any CheckpointReader {
        throw .failedPrecondition("no checkpoint can be read here: \(prefix)")
    }

    public func readFile(_ path: String) throws(Status) -> [UInt8] {
        throw .failedPrecondition("no file can be read here: \(path)")
    }
}

/// The memory and the limits of one run at a time; reused from run to run so that a steady state allocates nothing.
///
/// Confined to the thread that runs.
public final class ExecutionContext: @unchecked Sendable {
    public var deadline: Deadline = .never
    public var cancellation: CancellationFlag?
    /// Threads that kernels may borrow when they are idle.
    public var threads: ThreadPool?
    /// Takes down what the steps of the run take; nil if nobody wants to know.
    public var trace: RunTrace?
    public let environment: any ExecutionEnvironment
    /// What the pool of `threads` remembers of the run.
    let parallelRun = ParallelRun()
    private let clock: any Clock
    let memory = UnsafeMutablePointer<RunMemory>.allocate(capacity: 1)
    private var frames: [Frame] = []
    private var depth = 0
    /// True while an error is on its way that already names its node.
    var failureIsLabelled = false
    /// Programs that call programs deeper than this are refused: a function that calls itself for ever.
    static let maximumDepth = 200

    /// - Parameter memoryLimit: bytes that the intermediate values of a run may take at a time.
    public init(
        threads: ThreadPool? = nil, environment: any ExecutionEnvironment = EmptyEnvironment(),
        memoryLimit: Int = .max, clock: any Clock = SystemClock()
    ) {
        self.threads = threads
        self.environment = environment
        self.clock = clock
        memory.initialize(to: RunMemory(limit: memoryLimit))
    }

    deinit {
        memory.deinitialize(count: 1)
        memory.deallocate()
    }

    /// Throws DEADLINE_EXCEEDED or CANCELLED if nobody waits for the result any more. Loops call it once per turn.
    public func checkStillWanted() throws(Status) {
        if let cancellation, cancellation.isCancelled { throw Status(.cancelled, "RunManyGraphs") }
        if !deadline.isNever, deadline.hasPassed(at: Instant(nanoseconds: clock.nanoseconds())) {
            throw Status(.deadlineExceeded, "Timed out waiting for notification")
        }
    }

    /// A tensor for an argument of the next run, in memory that an earlier run has left; nil if it does not fit into memory or
    /// the limit. Its elements are not initialised; if they are references, they are empty.
    public func allocateArgument(_ dataType: DataType, _ shape: TensorShape) -> Tensor? {
        try? memory.pointee.allocate(dataType, shape)
    }

    /// Counts nothing as used any more: for who has allocated arguments for a run that did not come to pass.
    public func forgetArguments() { memory.pointee.forgetUse() }

    /// Keeps the memory of `tensor`, which the caller made or took and nobody shall read any more, for later.
    public func discard(_ tensor: consuming Tensor) { memory.pointee.discard(consume tensor) }

    /// Counts `bytes` that a value of the run takes outside of tensors. Throws RESOURCE_EXHAUSTED beyond the run's limit.
    public func charge(_ bytes: Int, for what: @autoclosure () -> String) throws(Status) {
        guard memory.pointee.charge(bytes) else { throw .resourceExhausted("OOM when allocating \(what())") }
    }

    /// Borrows a frame with `count` empty slots for the time of `body`.
    func withFrame<R>(
        _ count: Int, _ body: (UnsafeMutablePointer<Tensor?>) throws(Status) -> R
    ) throws(Status) -> R {
        guard depth < ExecutionContext.maximumDepth else {
            throw .resourceExhausted("functions call each other more than \(ExecutionContext.maximumDepth) levels deep")
        }
        if frames.count == depth { frames.append(Frame()) }
        let slots = frames[depth].reserve(count)
        depth += 1
        defer {
            for index in 0..<count { memory.pointee.release(slots + index) }
            depth -= 1
            if depth == 0 {
                memory.pointee.endRun()
                threads?.runEnds(parallelRun)
            }
        }
        return try body(slots)
    }
}

/// Slots for the values of one program; grows, never shrinks.
private final class Frame {
    private var slots: UnsafeMutablePointer<Tensor?>
    private var capacity: Int

    init() {
        capacity = 0
        slots = UnsafeMutablePointer<Tensor?>.allocate(capacity: 1)
    }

    deinit {
        slots.deinitialize(count: capacity)
        slots.deallocate()
    }

    func reserve(_ count: Int) -> UnsafeMutablePointer<Tensor?> {
        guard count > capacity else { return slots }
        slots.deinitialize(count: capacity)
        slots.deallocate()
        slots = UnsafeMutablePointer<Tensor?>.allocate(capacity: count)
        slots.initialize(repeating: nil, count: count)
        capacity = count
        return slots
    }
}
