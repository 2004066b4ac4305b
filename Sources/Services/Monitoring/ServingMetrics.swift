import Metrics
import ServingCore
import Synchronization
import Threading

/// What is counted of the calls that run models: TensorFlow Serving's own metrics, and more by version and signature.
///
/// Clients cannot make series: names of models that are not configured share the value `(unknown)`, and what else is a
/// label comes from loaded versions. A call takes no lock once its series are there.
public final class ServingMetrics: Sendable {
    /// A call that has been answered.
    struct Outcome {
        var method: ServingMethod
        var entryPoint: EntryPoint
        var code: StatusCode
        var facts: ServingFacts?
        /// From the arrival of the request to its answer.
        var nanoseconds: UInt64
    }

    /// The label of models that are not configured.
    static let unknownModel = "(unknown)"

    private struct State {
        /// The names of all configured models.
        var models: Set<String> = []
        /// The versions that have series, by model.
        var versions: [String: Set<Int64>] = [:]
    }

    /// What tells the series of calls apart.
    private struct Key: Hashable {
        let method: ServingMethod
        let entryPoint: EntryPoint
        let model: String
        /// Nil: it never got as far as to a version.
        let version: Int64?
        let signatureName: String
    }

    /// The series of some call.
    private final class RecentSeries {
        /// The model's name in the request.
        private let name: String
        private let key: Key
        let series: CallSeries

        init(name: String, key: Key, series: CallSeries) {
            self.name = name
            self.key = key
            self.series = series
        }

        /// Whether `outcome` counts into the same. Nothing is copied or hashed.
        func counts(_ outcome: borrowing Outcome) -> Bool {
            guard let facts = outcome.facts else { return false }
            return facts.model == name && facts.version == key.version && facts.signatureName == key.signatureName
                && outcome.method == key.method && outcome.entryPoint == key.entryPoint
        }
    }

    /// What one thread knows.
    private final class Cache {
        var generation: UInt64 = 0
        var models: Set<String> = []
        /// The series of the last call, which most often is that of the next one, too.
        var last: RecentSeries?
        var series: [Key: CallSeries] = [:]

        /// More than that are forgotten and looked up anew.
        static let limit = 4096
    }

    /// The last calls that failed.
    public let recentErrors = RecentErrors()
    private let families: CallFamilies
    private let batches: BatchMetrics?
    private let loads: LoadMetrics?
    private let isGone: @Sendable (_ model: String, _ version: Int64) -> Bool
    private let state = Mutex(State())
    /// Grows whenever threads must forget what they know.
    private let generation = Atomic<UInt64>(1)
    private let caches = ThreadLocal { Cache() }

    /// - Parameters:
    ///   - registry: where the metrics are shown.
    ///   - batches: forgets what is gone, too.
    ///   - loads: the same.
    ///   - isGone: whether a version that was served has been unloaded since; its series are forgotten then.
    public init(
        _ registry: MetricRegistry, batches: BatchMetrics? = nil, loads: LoadMetrics? = nil,
        isGone: @escaping @Sendable (_ model: String, _ version: Int64) -> Bool = { _, _ in false }
    ) {
        families = CallFamilies(registry)
        self.batches = batches
        self.loads = loads
        self.isGone = isGone
    }

    /// Sets the names of all configured models. Series of others are forgotten.
    public func setModels(_ names: Set<String>) {
        state.withLock { state in
            state.models = names
            state.versions = state.versions.filter { names.contains($0.key) }
        }
        families.removeAll { model, _ in !names.contains(model) && model != ServingMetrics.unknownModel }
        batches?.removeAll { model, _ in !names.contains(model) }
        loads?.removeModels { !names.contains($0) }
        generation.add(1, ordering: .releasing)
    }

    // MARK: - The path of a request

    /// Counts a call.
    func record(_ outcome: Outcome) {
        let cache = caches.value
        let current = generation.load(ordering: .acquiring)
        if cache.generation != current {
            cache.models = state.withLock { $0.models }
            cache.series = [:]
            cache.last = nil
            cache.generation = current
        }
        series(of: outcome, cache).count(outcome)
    }

    private func series(of outcome: Outcome, _ cache: Cache) -> CallSeries {
        if let last = cache.last, last.counts(outcome) { return last.series }
        let name = outcome.facts?.model ?? ""
        let key = Key(
            method: outcome.method, entryPoint: outcome.entryPoint,
            model: cache.models.contains(name) ? name : ServingMetrics.unknownModel, version: outcome.facts?.version,
            signatureName: outcome.facts?.signatureName ?? "")
        let series = series(key, cache)
        cache.last = RecentSeries(name: name, key: key, series: series)
        return series
    }

    private func series(_ key: Key, _ cache: Cache) -> CallSeries {
        if let known = cache.series[key] { return known }
        if let version = key.version { noteVersion(version, of: key.model) }
        let series = families.series(key.method, key.entryPoint, key.model, key.version, key.signatureName)
        if cache.series.count >= Cache.limit { cache.series = [:] }
        cache.series[key] = series
        return series
    }

    /// If the version is new, those before it that have been unloaded leave their places to it.
    private func noteVersion(_ version: Int64, of model: String) {
        let others: Set<Int64> = state.withLock { state in
            let isNew = state.versions[model, default: []].insert(version).inserted
            return isNew ? state.versions[model, default: []].subtracting([version]) : []
        }
        let gone = others.filter { isGone(model, $0) }
        guard !gone.isEmpty else { return }
        state.withLock { $0.versions[model]?.subtract(gone) }
        let texts = Set(gone.map(String.init))
        families.removeAll { name, version in name == model && version.map(texts.contains) == true }
        batches?.removeAll { name, version in name == model && texts.contains(version) }
        generation.add(1, ordering: .releasing)
    }
}
