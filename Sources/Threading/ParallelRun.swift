import Synchronization

/// What a pool remembers of a run between its parallel regions. Belongs to whoever runs; one run at a time.
///
/// Atomic because regions within regions may stand on other threads; nothing else is passed on by it.
public struct ParallelRun: ~Copyable, Sendable {
    /// The nanoseconds of work that nobody has helped with, in this run and in those before it.
    let unhelped = Atomic<UInt64>(0)
    /// Whether the pool's threads know that the run is under way.
    let isAnnounced = Atomic<Bool>(false)

    public init() {}
}
