import ServingCore
import Testing

@testable import Servables

func id(_ version: Int64, _ name: String = "m") -> ServableID { ServableID(name: name, version: version) }

let broken = Status.dataLoss("broken")

/// Drives the state of one model `m` by hand, with a clock that is moved by hand.
struct ManagerStateDriver {
    var state: ManagerState
    var now = Instant(nanoseconds: 0)
    /// The attempts that have been started and not finished.
    private var attempts: [Int64: LoadAttempt] = [:]
    /// The copies that are to be freed, in the order in which that was decided.
    private(set) var leaving: [(version: Int64, copy: UInt64)] = []
    var warnings: [String] = []

    init(
        transition: TransitionPolicy = .availabilityPreserving, keptVersions: Int = 0,
        retry: RetryPolicy = RetryPolicy(maximumRetries: 2, interval: 100, incompleteInterval: 50)
    ) {
        state = ManagerState(retry: retry, transition: transition, keptVersions: keptVersions)
    }

    /// The loads (positive) and unloads (negative) that are decided now.
    mutating func decide() -> [Int64] {
        var decided: [Int64] = []
        for action in state.decide(at: now) {
            switch action {
            case .load(let attempt):
                attempts[attempt.id.version] = attempt
                decided.append(attempt.id.version)
            case .unload(let id, let copy):
                leaving.append((id.version, copy))
                decided.append(-id.version)
            case .measure: break
            case .log(.warning, let text): warnings.append(text)
            case .log: break
            }
        }
        return decided
    }

    mutating func aspire(_ versions: Int64...) -> [Int64] {
        state.setAspired("m", versions.map { AspiredVersion(version: $0, path: "/m/\($0)", fingerprint: 1) })
        return decide()
    }

    /// Wants one version that is found in `path` and looks as `fingerprint` says.
    mutating func aspire(_ version: Int64, in path: String? = nil, fingerprint: UInt64?) -> [Int64] {
        let path = path ?? "/m/\(version)"
        state.setAspired("m", [AspiredVersion(version: version, path: path, fingerprint: fingerprint)])
        return decide()
    }

    func attempt(_ version: Int64) -> LoadAttempt {
        attempts[version] ?? LoadAttempt(id: id(version), path: "", retry: 0, copy: 0)
    }

    /// Begins and ends the attempt of `version`, whose files look as `fingerprint` says.
    mutating func finish(
        _ version: Int64, _ outcome: LoadOutcome = .loaded(changed: false), fingerprint: UInt64? = 1
    ) -> [Int64] {
        let attempt = attempt(version)
        _ = state.loadStarted(attempt, fingerprint: fingerprint)
        _ = state.loadFinished(attempt, outcome, at: now)
        return decide()
    }

    mutating func unloaded(_ version: Int64) -> [Int64] {
        guard let index = leaving.firstIndex(where: { $0.version == version }) else { return [] }
        state.unloadFinished(id(version), copy: leaving.remove(at: index).copy)
        return decide()
    }

    mutating func advance(_ nanoseconds: UInt64) -> [Int64] {
        now = now.advanced(byNanoseconds: nanoseconds)
        return decide()
    }

    /// Has `versions` served, and wanted.
    mutating func serve(_ versions: Int64...) {
        state.setAspired("m", versions.map { AspiredVersion(version: $0, path: "/m/\($0)", fingerprint: 1) })
        _ = decide()
        for version in versions { _ = finish(version) }
    }

    mutating func label(_ labels: [String: Int64], allowingUnavailable: Bool = false) -> [Int64] {
        state.setLabels(["m": labels], allowingUnavailable: allowingUnavailable)
        return decide()
    }

    var ready: [Int64] { state.ready.map(\.version) }
    var labels: [String: Int64] { state.effectiveLabels["m"] ?? [:] }

    func shown(_ version: Int64) -> ServableState? { state.monitor.state(of: id(version))?.state }
    func status(_ version: Int64) -> Status? { state.monitor.state(of: id(version))?.status }

    /// The status of a version that has ended.
    func end(_ version: Int64) -> Status? { shown(version) == .end ? status(version) : nil }
}
