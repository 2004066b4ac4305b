import ServingCore
import Synchronization
import Threading

/// Where the manager puts the current serving map.
final class ServingMapPublisher: Sendable {
    private let number = Atomic<UInt64>(0)
    /// Not a `Mutex`, whose futex the thread sanitizer does not see.
    private let current = ConditionLock(ServingMap.empty)

    /// The number of the current map.
    var generation: UInt64 { number.load(ordering: .acquiring) }

    func publish(_ map: ServingMap) {
        current.withLock { current in
            current = map
            number.add(1, ordering: .releasing)
        }
    }

    func snapshot() -> (map: ServingMap, generation: UInt64) {
        current.withLock { ($0, number.load(ordering: .relaxed)) }
    }
}

/// Looks models up for one thread: each event loop has its own.
///
/// In steady state a look-up is one atomic read, two dictionary look-ups and one atomic increment; only after the
/// manager has published a change a short lock is taken, once per reader.
public final class ServingMapReader {
    private let publisher: ServingMapPublisher
    private var map: ServingMap
    private var generation: UInt64

    init(_ publisher: ServingMapPublisher) {
        self.publisher = publisher
        (map, generation) = publisher.snapshot()
    }

    /// The version of `name` that `choice` asks for.
    ///
    /// NOT_FOUND `Servable not found for request: …` if it is unknown, still loading, being unloaded or broken;
    /// INVALID_ARGUMENT `Unrecognized servable version label: …`.
    public func handle(for name: String, _ choice: VersionChoice = .latest) throws(Status) -> ServableHandle {
        while true {
            if publisher.generation != generation { (map, generation) = publisher.snapshot() }
            let version = try map.find(name, choice)
            // A version is retired only after a map without it has been published, so that the next round sees that map.
            if let handle = ServableHandle(version, generation: generation) { return handle }
        }
    }

    /// The version that `ticket` stands for, without looking up its name; nil if that has to be done again.
    public func visit(for ticket: ServableTicket) -> ServableVisit? {
        guard publisher.generation == ticket.generation else { return nil }
        return ServableVisit(ticket.version, generation: ticket.generation)
    }
}
