import Records
import ServingCore
import Synchronization

/// What is kept of the requests to one model.
final class ModelTap: Sendable {
    /// A request log, ready to use.
    struct Log: Sendable {
        let configuration: LoggingConfiguration
        let destination: RecordLog.Destination
        /// A random number below this means that a request is logged.
        let threshold: UInt64

        init(_ configuration: LoggingConfiguration, model: String) {
            self.configuration = configuration
            destination = RecordLog.Destination(prefix: configuration.filenamePrefix, name: model)
            let share = min(max(configuration.samplingRate, 0), 1)
            threshold = share >= 1 ? .max : UInt64(share * 0x1p64)
        }

        /// Whether the request with this random number is logged.
        func takes(_ random: UInt64) -> Bool { threshold == .max || random < threshold }
    }

    let log: Log?
    let recents: RecentRequests?

    init(log: Log?, recents: RecentRequests?) {
        self.log = log
        self.recents = recents
    }
}

/// The last requests of one model, between the threads that answer requests and the one that loads the next version.
final class RecentRequests: Sendable {
    private let ring: Mutex<RecentRing>
    /// Nanoseconds before which no request is kept.
    private let nextTake = Atomic<UInt64>(0)

    init(countLimit: Int) { ring = Mutex(RecentRing(countLimit: countLimit)) }

    /// Whether it is worth while to offer a request now. Most requests to a busy server end here.
    func isDue(at now: Instant) -> Bool { now.nanoseconds >= nextTake.load(ordering: .relaxed) }

    /// Keeps a copy of `message` if it fits. Never waits: if another thread is at it, this request is not kept.
    func offer(
        _ call: ObservedPrediction.Call, _ message: UnsafeRawBufferPointer, version: Int64, at now: Instant
    ) {
        ring.withLockIfAvailable { ring in
            guard ring.wants(message.count, at: now) else { return }
            ring.keep(RecentRequest(call: call, bytes: Array(message), version: version), at: now)
            nextTake.store(ring.hasRoomForAll ? 0 : ring.nextTake.nanoseconds, ordering: .relaxed)
        }
    }

    /// What is kept, oldest first.
    var requests: [RecentRequest] { ring.withLock { $0.requests } }
}
