import Synchronization

/// Threads that live as long as one piece of background work takes.
public struct BriefThreads: Sendable {
    private let name: String
    /// With the calling thread.
    private let threadCount: Int

    /// - Parameters:
    ///   - name: that of the threads.
    ///   - threadCount: how many threads work, with the calling one, whose priority they have.
    public init(name: String, threadCount: Int) {
        self.name = name
        self.threadCount = threadCount
    }

    /// Calls `body` once with each number below `count`, in order but several at a time, and returns when all calls have. Threads
    /// that the system refuses are done without.
    public func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let turns = Turns()
        let work: @Sendable () -> Void = {
            while true {
                let index = turns.next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }
        let threads = (0..<max(0, min(threadCount, count) - 1)).compactMap { _ in
            try? Thread(trying: name, work)
        }
        work()
        for thread in threads { thread.join() }
    }

    private final class Turns: Sendable {
        let next = Atomic<Int>(0)
    }
}
