import ServingCore

/// How far the manager has come with a version that is wanted.
public struct WantedVersion: Sendable, Hashable {
    public enum Progress: Sendable, Hashable {
        /// It waits for its first attempt, or for the outcome of one.
        case undecided
        /// It can be asked.
        case available
        /// The last attempt failed; there may be another one later.
        case failed(Status)
    }

    public let version: Int64
    public let progress: Progress

    public init(version: Int64, progress: Progress) {
        self.version = version
        self.progress = progress
    }
}

extension ServableManager {
    /// The versions of `model` that are wanted, lowest first; empty if there are none or the model is unknown.
    public func wantedVersions(of model: String) -> [WantedVersion] {
        control.withLock { control in
            (control.state.models[model] ?? [:]).filter(\.value.isAspired).sorted { $0.key < $1.key }.map { entry in
                WantedVersion(version: entry.key, progress: entry.value.progress)
            }
        }
    }
}

extension ManagerState.Entry {
    /// A copy of what the version was made from before does not make it available.
    fileprivate var progress: WantedVersion.Progress {
        switch attempt {
        case .new, .loading: .undecided
        case .waiting, .failed: .failed(status)
        case .none: isServed ? .available : .undecided
        }
    }
}
