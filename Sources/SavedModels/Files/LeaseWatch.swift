import CPlatform
import Glibc
import ServingCore
import Synchronization
import Threading

/// Waits, on a thread of its own, for others who want to change files that this process has mapped, and has the bytes
/// copied into memory before they may go on.
///
/// The signals go to that thread alone, which keeps them blocked, so no other thread and no signal handling of the
/// process is concerned.
public final class LeaseWatch: Sendable {
    /// Should be made by a thread of normal priority, because the watching thread inherits it.
    public static let shared = LeaseWatch()

    private let leases = Mutex<[Int32: FileLease]>([:])
    private let threadNumber = ConditionLock<Int32?>(nil)

    private init() {
        _ = Thread(name: "leases") { [self] in
            cplatform_keep_lease_signals()
            threadNumber.withLockNotifyingAll { $0 = cplatform_thread_id() }
            while true { react(to: cplatform_wait_for_broken_lease()) }
        }
    }

    /// The number of the watching thread, to which the signals go.
    var thread: Int32 { threadNumber.wait { $0 } }

    /// Looks after `lease` from now on.
    func add(_ lease: FileLease) {
        leases.withLock { $0[lease.descriptor] = lease }
        // The signal of a lease that was broken before it was known here has been in vain.
        if !lease.isUnbroken { lease.copyAndGiveBack() }
    }

    /// Forgets `lease`, whose descriptor is still open, so that its number can't stand for another one yet.
    func remove(_ lease: FileLease) { leases.withLock { $0[lease.descriptor] = nil } }

    private func react(to descriptor: Int32) {
        let suspects = leases.withLock { leases in
            descriptor >= 0 ? [leases[descriptor]].compactMap(\.self) : Array(leases.values)
        }
        for lease in suspects where !lease.isUnbroken { lease.copyAndGiveBack() }
    }
}
