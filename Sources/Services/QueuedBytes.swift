import ServingCore
import Synchronization

/// The memory of requests that have been unpacked and wait in queues: unpacked they may be many times larger than they came, so
/// that together they must not take more than a limit.
public final class QueuedBytes: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    /// - Parameter limit: bytes of all requests together; a request that waits alone may take more.
    public init(limit: Int) { self.limit = limit }

    /// Counts a request of `count` bytes that begins to wait, to be given back by `give`. Returns RESOURCE_EXHAUSTED, and counts
    /// nothing, if there is no room for it beside the others.
    func take(_ count: Int) -> Status? {
        let (before, after) = taken.add(count, ordering: .relaxed)
        guard before > 0, after > limit else { return nil }
        taken.subtract(count, ordering: .relaxed)
        return .resourceExhausted(
            "Requests of \(before) bytes wait in the batch queues; with another one of \(count) bytes they would take more than "
                + "the \(limit) bytes that this server has for them")
    }

    /// What is taken now.
    public var bytesInUse: Int { taken.load(ordering: .relaxed) }

    func give(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}
