import Execution
import ServingCore
import Synchronization
import Threading

/// Execution contexts that wait for the next run; there are never more than runs at the same time, and those that were
/// not needed for some time are let go with the memory that they hold.
final class ExecutionContextPool: Sendable {
    /// Contexts in the order in which they came back; the last is taken first, so the ones in front rest longest.
    private struct Idle {
        var contexts: [ExecutionContext] = []
        /// The fewest that rested at a time since the last look.
        var fewest = 0
        var returns = 0

        mutating func take() -> ExecutionContext? {
            let context = contexts.popLast()
            fewest = min(fewest, contexts.count)
            return context
        }

        /// Takes a context back; returns those that nobody needed lately.
        mutating func give(_ context: ExecutionContext) -> [ExecutionContext] {
            contexts.append(context)
            returns += 1
            guard returns >= ExecutionContextPool.returnsPerLook else { return [] }
            let surplus = Array(contexts.prefix(fewest))
            contexts.removeFirst(fewest)
            fewest = contexts.count
            returns = 0
            return surplus
        }
    }

    private static let returnsPerLook = 256

    private let idle = Mutex(Idle())
    /// What runs may borrow.
    let threads: ThreadPool?
    private let environment: any ExecutionEnvironment
    private let memoryLimit: Int

    init(threads: ThreadPool?, environment: any ExecutionEnvironment, memoryLimit: Int) {
        self.threads = threads
        self.environment = environment
        self.memoryLimit = memoryLimit
    }

    /// Contexts that rest now.
    var idleCount: Int { idle.withLock { $0.contexts.count } }

    /// A context that nobody else uses until it is given back.
    func take() -> ExecutionContext {
        idle.withLock { $0.take() }
            ?? ExecutionContext(threads: threads, environment: environment, memoryLimit: memoryLimit)
    }

    func give(_ context: ExecutionContext) {
        // Freed outside of the lock.
        _ = idle.withLock { $0.give(context) }
    }
}
