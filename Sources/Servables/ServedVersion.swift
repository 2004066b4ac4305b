import Glibc
import ServingCore
import Synchronization

/// One loaded version in the serving map, and the count of the requests that use it.
///
/// A request gets in with `enter` and out with `leave`. `retire` shuts the door; whoever is last out calls `drained`,
/// after which nobody touches the servable but the one who takes it away. A stale serving map may hold this object for
/// long, which costs a few bytes, since the servable is gone from it.
final class ServedVersion: @unchecked Sendable {
    let id: ServableID
    /// See `Servable.byteCount`.
    let byteCount: Int
    /// Changed only by `takeServable`, when the door is shut and nobody is inside.
    private(set) var servable: (any Servable)?
    private let drained: @Sendable (ServedVersion) -> Void
    /// Requests inside, and the bit `shut`.
    private let door = Atomic<UInt64>(0)
    private static let shut: UInt64 = 1 << 63

    /// - Parameter drained: called once, on the thread of the last request or of `retire`; must be quick.
    init(id: ServableID, servable: any Servable, drained: @escaping @Sendable (ServedVersion) -> Void) {
        self.id = id
        byteCount = servable.byteCount
        self.servable = servable
        self.drained = drained
    }

    /// False if the version has been retired.
    func enter() -> Bool {
        let (old, _) = door.add(1, ordering: .acquiring)
        if old & ServedVersion.shut == 0 {
            noteUse()
            return true
        }
        leave()
        return false
    }

    /// For somebody who is inside and will leave twice.
    func enterAgain() { door.add(1, ordering: .relaxed) }

    /// On the monotonic clock, as coarse as the system's tick.
    private let lastUse = Atomic<UInt64>(0)

    /// When a request last came in; zero before the first one.
    var lastUsed: Instant { Instant(nanoseconds: lastUse.load(ordering: .relaxed)) }

    private func noteUse() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        let nanoseconds = UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
        // Within one tick the line stays shared between the processors.
        if lastUse.load(ordering: .relaxed) != nanoseconds { lastUse.store(nanoseconds, ordering: .relaxed) }
    }

    /// A version that was retired while it was empty can be entered and left in vain; `drained` is told only once.
    func leave() {
        let (_, new) = door.subtract(1, ordering: .acquiringAndReleasing)
        if new == ServedVersion.shut { announce() }
    }

    /// Lets nobody in from now on.
    func retire() {
        let (old, _) = door.bitwiseOr(ServedVersion.shut, ordering: .acquiringAndReleasing)
        if old == 0 { announce() }
    }

    private let isAnnounced = Atomic<Bool>(false)

    private func announce() {
        if !isAnnounced.exchange(true, ordering: .acquiringAndReleasing) { drained(self) }
    }

    /// Requests that use the version now.
    var inFlight: Int { Int(door.load(ordering: .relaxed) & ~ServedVersion.shut) }

    /// Hands the servable over to the one who frees it; only after `drained`.
    func takeServable() -> (any Servable)? {
        defer { servable = nil }
        return servable
    }
}
