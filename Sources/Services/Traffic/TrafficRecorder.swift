import Glibc
import Records
import Servables
import ServingCore
import Synchronization
import Threading

/// Keeps what is wanted of the requests that were answered: a sample in the request log of their model, and the last few
/// for the version that comes next.
///
/// The thread that answers a request copies it when the answer is on its way; it never waits for a disk, or for another
/// thread beyond a few instructions.
public final class TrafficRecorder: Sendable {
    /// What is kept.
    public struct Settings: Sendable {
        /// Requests of each model that are kept for its next version; 0: none.
        public var recentRequests = 0
        /// The tags of the models, as they are written into logs.
        public var tags: [String] = []
        public var limits = RecordLog.Limits()

        public init() {}
    }

    private struct State {
        var taps: [String: ModelTap] = [:]
        var log: RecordLog?
        var isStopped = false
    }

    /// What one thread knows.
    private final class Reader {
        var generation: UInt64 = .max
        var taps: [String: ModelTap] = [:]
        var log: RecordLog?
        var random: UInt64

        init(seed: UInt64) { random = seed | 1 }

        func nextRandom() -> UInt64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return random &* 0x2545_f491_4f6c_dd1d
        }
    }

    private let settings: Settings
    private let clock: any Clock
    private let state = ConditionLock(State())
    /// Grows with each change of `state`; 0: nothing was ever kept.
    private let generation = Atomic<UInt64>(0)
    /// Requests that have been answered and are being copied.
    private let copying = Atomic<Int>(0)
    private let readers: ThreadLocal<Reader>

    public init(_ settings: Settings, clock: any Clock = SystemClock()) {
        self.settings = settings
        self.clock = clock
        readers = ThreadLocal { [clock] in
            Reader(seed: clock.nanoseconds() &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(Thread.currentIdentity))
        }
    }

    /// Replaces all models: `models` names every one that is configured, with its request log if it has one. What was kept
    /// of models that stay is kept. Returns at once; safe from any thread.
    public func update(_ models: [String: LoggingConfiguration?]) {
        let wantsNothing = settings.recentRequests == 0 && models.values.allSatisfy { $0 == nil }
        if wantsNothing, generation.load(ordering: .acquiring) == 0 { return }
        state.withLock { state in
            guard !state.isStopped else { return }
            let old = state.taps
            state.taps = [:]
            for (name, logging) in models {
                let log = logging.map { ModelTap.Log($0, model: name) }
                let recents =
                    settings.recentRequests > 0
                    ? old[name]?.recents ?? RecentRequests(countLimit: settings.recentRequests) : nil
                guard log != nil || recents != nil else { continue }
                state.taps[name] = ModelTap(log: log, recents: recents)
            }
            let destinations = Set(state.taps.values.compactMap { $0.log?.destination })
            if state.log == nil, !destinations.isEmpty {
                state.log = RecordLog(limits: settings.limits, clock: clock)
            }
            for tap in old.values {
                guard let destination = tap.log?.destination, !destinations.contains(destination) else { continue }
                state.log?.finish(destination)
            }
            generation.add(1, ordering: .releasing)
        }
    }

    /// Writes what has to be logged; nothing is kept any more. To be called when all requests are answered.
    public func stop() {
        let log = state.withLock { state in
            defer {
                state.taps = [:]
                state.log = nil
                state.isStopped = true
                generation.add(1, ordering: .releasing)
            }
            return state.log
        }
        guard let log else { return }
        // The last answers are out, but perhaps not copied yet.
        for _ in 0..<1000 where copying.load(ordering: .acquiring) > 0 { usleep(1_000) }
        if !log.stop() { Log.warning("The end of the request log could not be written in time") }
    }

    /// The requests of `model` that are kept, oldest first.
    func recentRequests(of model: String) -> [RecentRequest] {
        state.withLock { $0.taps[model]?.recents }?.requests ?? []
    }

    /// Requests that should have been logged and were not, since the request log was first used.
    public var droppedRecords: UInt64 { state.withLock { $0.log }?.droppedRecords ?? 0 }

    // MARK: - The path of a request

    /// Whether something is being kept at this moment; requests are answered before.
    var isKeeping: Bool { copying.load(ordering: .acquiring) > 0 }

    private var now: Instant { Instant(nanoseconds: clock.nanoseconds()) }

    /// A request of which something is kept.
    struct Observation {
        fileprivate let recents: RecentRequests?
        fileprivate let log: ModelTap.Log?
        fileprivate let records: RecordLog?
    }

    /// Decides what is kept of a request that has been answered; nil: nothing. An observation must be given to `end`
    /// or to `abandon`.
    func begin(_ model: String) -> Observation? {
        let current = generation.load(ordering: .acquiring)
        guard current > 0 else { return nil }
        let reader = readers.value
        if reader.generation != current {
            (reader.taps, reader.log, reader.generation) = state.withLock {
                ($0.taps, $0.log, generation.load(ordering: .relaxed))
            }
        }
        guard let tap = reader.taps[model] else { return nil }
        let log = tap.log.flatMap { $0.takes(reader.nextRandom()) ? $0 : nil }
        let recents = tap.recents.flatMap { $0.isDue(at: now) ? $0 : nil }
        guard log != nil || recents != nil else { return nil }
        copying.add(1, ordering: .relaxed)
        return Observation(recents: recents, log: log, records: reader.log)
    }

    /// Keeps nothing of what `begin` has decided.
    func abandon(_ observation: Observation) { copying.subtract(1, ordering: .releasing) }

    /// Keeps what `begin` has decided.
    func end(_ observation: Observation, _ prediction: ObservedPrediction) {
        defer { copying.subtract(1, ordering: .releasing) }
        if let recents = observation.recents, prediction.followsLatest, !prediction.mayChangeState {
            recents.offer(prediction.call, prediction.message, version: prediction.id.version, at: now)
        }
        guard let log = observation.log, let records = observation.records else { return }
        records.append(to: log.destination, byteCount: prediction.message.count + prediction.answer.byteCount) {
            let metadata = PredictionLogEncoding.Metadata(
                modelSpec: prediction.modelSpec, samplingConfig: log.configuration.samplingConfig, tags: settings.tags,
                seconds: Int64(time(nil)))
            return PredictionLogEncoding.encode(
                metadata, prediction.call, request: prediction.message, answer: prediction.answer)
        }
    }
}

/// A call that was answered with OK.
struct ObservedPrediction {
    /// The calls that are kept.
    enum Call: Sendable {
        case predict
        case classify
        case regress
        case multiInference

        /// The field of a `PredictionLog` for such a call.
        var logField: Int {
            switch self {
            case .predict: 6
            case .classify: 2
            case .regress: 3
            case .multiInference: 4
            }
        }
    }

    var call = Call.predict
    /// The packed request.
    let message: UnsafeRawBufferPointer
    let answer: WireAnswer
    /// Whether it asked for neither a version nor a label, so that the next version would have got it.
    let followsLatest: Bool
    /// The model and version that answered.
    let id: ServableID
    /// Empty if there are several.
    let signatureName: String
    let mayChangeState: Bool

    /// The packed `ModelSpec` of the answer.
    var modelSpec: [UInt8] {
        ModelSpecEncoding.encode(name: id.name, version: id.version, signatureName: signatureName)
    }
}
