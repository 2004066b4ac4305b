import Execution
import ServingCore
import Synchronization
import Threading

/// Execution contexts that wait for the next run; there are never more than runs at the same time.
final class ExecutionContextPool: Sendable {
    private let idle = Mutex<[ExecutionContext]>([])
    private let threads: ThreadPool?
    private let environment: any ExecutionEnvironment
    private let memoryLimit: Int

    init(threads: ThreadPool?, environment: any ExecutionEnvironment, memoryLimit: Int) {
        self.threads = threads
        self.environment = environment
        self.memoryLimit = memoryLimit
    }

    /// Calls `body` with a context that nobody else uses meanwhile.
    func withContext<R>(
        deadline: Deadline, cancellation: CancellationFlag?, _ body: (ExecutionContext) throws(Status) -> R
    ) throws(Status) -> R {
        let context =
            idle.withLock { $0.popLast() }
            ?? ExecutionContext(threads: threads, environment: environment, memoryLimit: memoryLimit)
        context.deadline = deadline
        context.cancellation = cancellation
        defer {
            context.cancellation = nil
            idle.withLock { $0.append(context) }
        }
        return try body(context)
    }
}
