import Models
import Servables
import ServingCore
import Threading

/// Makes a version ready before it is served: runs the requests of its warm-up file or, without one, each signature once
/// on made-up inputs; then the last requests of the version that it replaces.
public struct WarmUp: ModelWarmUp {
    /// What is run.
    public struct Options: Sendable {
        /// Whether the warm-up file is read, or made-up inputs are run.
        public var isEnabled = true
        /// How often each record of the file is run; below 1 means once.
        public var iterations = 1
        /// Whether a signature must have a method name that fits Predict.
        public var checksMethodNames = false

        public init() {}
    }

    private let options: Options
    private let traffic: TrafficRecorder?
    private let metrics: LoadMetrics?
    private let clock: any Clock

    /// - Parameters:
    ///   - traffic: where the requests to the version that is replaced are kept; nil: none are run.
    ///   - metrics: counts what is run of warm-up files.
    public init(
        _ options: Options, traffic: TrafficRecorder? = nil, metrics: LoadMetrics? = nil,
        clock: any Clock = SystemClock()
    ) {
        self.options = options
        self.traffic = traffic
        self.metrics = metrics
        self.clock = clock
    }

    public func run(
        _ model: Model, _ id: ServableID, directory: String, isWanted: () -> Bool
    ) throws(Status) {
        if options.isEnabled {
            let file = WarmUpFile(directory: directory, checksMethodNames: options.checksMethodNames)
            if try !replay(file, on: model, id, directory, isWanted) {
                try GeneratedRequests(clock: clock).run(on: model, id, isWanted: isWanted)
            }
        }
        let recent = traffic?.recentRequests(of: id.name) ?? []
        guard !recent.isEmpty else { return }
        let replay = RecentReplay(id: id, checksMethodNames: options.checksMethodNames, clock: clock)
        try replay.run(recent, on: model, isWanted: isWanted)
    }

    /// Runs the warm-up file; false if there is none.
    private func replay(
        _ file: WarmUpFile, on model: Model, _ id: ServableID, _ directory: String, _ isWanted: () -> Bool
    ) throws(Status) -> Bool {
        let start = clock.nanoseconds()
        do throws(Status) {
            let outcome = try file.replay(on: model, iterations: max(1, options.iterations), isWanted: isWanted)
            guard let outcome else { return false }
            let nanoseconds = clock.nanoseconds() &- start
            metrics?.warmUpEnded(directory, .ok, records: outcome.run, nanoseconds: nanoseconds)
            report(outcome, file, id, nanoseconds: nanoseconds)
            return true
        } catch {
            if error != .loadingCancelled {
                metrics?.warmUpEnded(directory, error.code, records: 0, nanoseconds: clock.nanoseconds() &- start)
            }
            throw error
        }
    }

    private func report(_ outcome: WarmUpFile.Outcome, _ file: WarmUpFile, _ id: ServableID, nanoseconds: UInt64) {
        let milliseconds = nanoseconds / 1_000_000
        Log.info("Warm-up of \(id): \(outcome.run) records of \(file.path) run in \(milliseconds) ms")
        guard !outcome.skipped.isEmpty else { return }
        let kinds = outcome.skipped.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
        Log.warning(
            "Warm-up of \(id): records of signatures that cannot be served were skipped "
                + "(\(kinds.joined(separator: ", "))) in \(file.path)")
    }
}
