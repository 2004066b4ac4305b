import Execution
import ServingCore
import Tensors

/// The memory of a model's runs, for one at a time: it makes inputs in what earlier runs have left, and takes back outputs that
/// have been read, so that a steady state allocates nothing.
///
/// It belongs to the model, to which it goes back when the value ends; a model must outlive it. Confined to one thread.
public struct RunArena: ~Copyable {
    private let context: ExecutionContext
    private let pool: ExecutionContextPool

    /// Longer tensors are left to the system, lest a model that nobody asks any more keep a lot of memory.
    private static let keptBytes = 1 << 20

    init(_ pool: ExecutionContextPool) {
        self.pool = pool
        context = pool.take()
    }

    deinit {
        context.forgetArguments()
        pool.give(context)
    }

    /// A tensor to feed to the next run, whose elements are not initialised; nil if it is long, or does not fit into memory or
    /// the limit.
    public borrowing func allocate(_ dataType: DataType, _ shape: TensorShape) -> Tensor? {
        guard shape.elementCount <= RunArena.keptBytes / max(1, dataType.byteCount) else { return nil }
        return context.allocateArgument(dataType, shape)
    }

    /// Empties `outputs`, which a run in this arena has computed and nobody reads any more. What nobody else holds of their memory
    /// is used again.
    public borrowing func takeBack(_ outputs: inout [Tensor]) {
        while let output = outputs.popLast() {
            if output.byteCount <= RunArena.keptBytes { context.discard(consume output) }
        }
    }

    /// Runs `program`; `arguments` are empty afterwards.
    /// - Parameter borrowsThreads: whether other threads may help.
    borrowing func run(
        _ program: Program, taking arguments: inout [Tensor], deadline: Deadline, cancellation: CancellationFlag?,
        borrowsThreads: Bool, trace: RunTrace?
    ) throws(Status) -> [Tensor] {
        context.deadline = deadline
        context.cancellation = cancellation
        context.threads = borrowsThreads ? pool.threads : nil
        context.trace = trace
        defer {
            context.cancellation = nil
            context.trace = nil
        }
        return try program.run(taking: &arguments, in: context)
    }
}
