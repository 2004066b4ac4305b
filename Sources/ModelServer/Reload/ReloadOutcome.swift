import ServingCore
import Servables

/// How far a model has come since a configuration was applied.
enum ModelProgress: Sendable, Hashable {
    /// Its base path has not been looked at yet, or versions that are wanted are being loaded.
    case pending
    /// Every wanted version has been loaded, or tried in vain while another one is available.
    case available
    /// No wanted version is available. `version` is the highest that was tried; nil: there is none.
    case failed(version: Int64?, Status)
    /// A later reload has taken it away.
    case removed
}

/// Composes the answer of a reload from what became of its models and labels.
enum ReloadOutcome {
    /// The answer, or nil if some model is still pending and there is time left.
    ///
    /// OK if every model is available and every label in effect. Otherwise UNKNOWN with TensorFlow Serving's text and one
    /// entry for each model that is not; FAILED_PRECONDITION if it is only labels; DEADLINE_EXCEEDED if it is only that
    /// models are still loading, which goes on.
    /// - Parameters:
    ///   - progress: of the models that the reload waits for, sorted by name.
    ///   - labelProblems: why labels are not in effect.
    static func answer(
        _ progress: [(model: String, progress: ModelProgress)], labelProblems: [Status], isLate: Bool
    ) -> Status? {
        let pending = progress.filter { $0.progress == .pending }
        guard pending.isEmpty || isLate else { return nil }
        let failures = progress.compactMap { entry in failure(entry.model, entry.progress) }
        guard !failures.isEmpty else {
            guard let first = labelProblems.first else { return .ok }
            return Status(first.code, labelProblems.map(\.message).joined(separator: "; "))
        }
        let text = "\(failures.count) model(s) did not become available: \(failures.joined())}"
        let labels = labelProblems.map { "; \($0.message)" }.joined()
        return Status(pending.count == failures.count ? .deadlineExceeded : .unknown, text + labels)
    }

    private static func failure(_ model: String, _ progress: ModelProgress) -> String? {
        let (version, status): (Int64?, Status)
        switch progress {
        case .available: return nil
        case .pending:
            (version, status) = (nil, Status(.deadlineExceeded, "it is not loaded yet; loading goes on"))
        case .failed(let failed, let error): (version, status) = (failed, error)
        case .removed: (version, status) = (nil, Status(.aborted, "a later reload has taken the model away"))
        }
        let number = version.map { " version: \($0)" } ?? ""
        return "{{name: \(model)\(number)} due to error: \(status)}, "
    }
}

extension ModelProgress {
    /// - Parameters:
    ///   - look: what was found under the base path since the configuration was applied; nil: it has not been looked at.
    ///   - versions: the state of the wanted versions.
    ///   - noVersions: says that there is nothing to load.
    init(look: Result<[Int64], Status>?, versions: [WantedVersion], noVersions: () -> Status) {
        guard let look else {
            self = .pending
            return
        }
        if versions.contains(where: { $0.progress == .undecided }) {
            self = .pending
        } else if versions.contains(where: { $0.progress == .available }) {
            self = .available
        } else if let highest = versions.max(by: { $0.version < $1.version }),
            case .failed(let status) = highest.progress
        {
            self = .failed(version: highest.version, status)
        } else {
            self = .failed(version: nil, look.failure ?? noVersions())
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
