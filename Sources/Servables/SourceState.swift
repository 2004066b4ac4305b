import ServingCore

/// A model whose base path is watched.
public struct MonitoredServable: Sendable, Hashable {
    public let name: String
    public let basePath: String
    public let policy: VersionPolicy

    public init(name: String, basePath: String, policy: VersionPolicy = .standard) {
        self.name = name
        self.basePath = basePath
        self.policy = policy
    }
}

/// A version that is wanted, and the directory that it is made from.
public struct AspiredVersion: Sendable, Hashable {
    public let version: Int64
    public let path: String
    /// A number that changes whenever the content of the directory changes; nil if it is not known.
    public let fingerprint: UInt64?

    public init(version: Int64, path: String, fingerprint: UInt64? = nil) {
        self.version = version
        self.path = path
        self.fingerprint = fingerprint
    }
}

/// Decides what the listing of a base path means: which versions are wanted, and what is worth a log line.
///
/// A complaint is logged when it first appears, then after a minute, two minutes, four, up to once an hour, for as long
/// as it lasts. Nothing that happens to one model has an influence on another one.
struct SourceState {
    /// The outcome of looking at one base path.
    struct Outcome: Equatable {
        /// nil: leave everything as it is.
        var aspired: [AspiredVersion]?
        var warnings: [String] = []
    }

    private struct Complaint {
        var nextLog: Instant
        var interval: UInt64
    }

    static let firstInterval: UInt64 = 60_000_000_000
    static let longestInterval: UInt64 = 3_600_000_000_000

    /// Per model the complaints that were true at its last poll.
    private var complaints: [String: [String: Complaint]] = [:]

    /// Drops what is known about models that are not in `names`.
    mutating func keepOnly(_ names: Set<String>) {
        complaints = complaints.filter { names.contains($0.key) }
    }

    mutating func observe(
        _ servable: MonitoredServable, _ listing: Result<VersionDirectories, Status>, at now: Instant
    ) -> Outcome {
        switch listing {
        case .failure(let status):
            let complaint =
                "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path "
                + "\(servable.basePath) for servable \(servable.name) with error \(status)"
            return Outcome(aspired: nil, warnings: due([complaint], for: servable.name, at: now))
        case .success(let found):
            let base = servable.basePath
            let aspired = servable.policy.select(from: Array(found.names.keys)).map { version in
                AspiredVersion(version: version, path: SourceState.join(base, found.names[version]!))
            }
            let current = SourceState.complaints(about: servable, found)
            return Outcome(aspired: aspired, warnings: due(current, for: servable.name, at: now))
        }
    }

    private static func complaints(about servable: MonitoredServable, _ found: VersionDirectories) -> [String] {
        let base = servable.basePath
        if found.names.isEmpty {
            return [
                "No versions of servable \(servable.name) found under base path \(base). Did you forget to name your "
                    + "leaf directory as a number (eg. '/1/')?" + found.hint(base: base)
            ]
        }
        let duplicates = found.duplicates.map { name in
            let version = VersionDirectories.number(name) ?? 0
            return "Version \(version) of servable \(servable.name) exists more than once under base path \(base): "
                + "'\(name)' is ignored, '\(found.names[version] ?? "")' is used"
        }
        let missing = servable.policy.missing(from: Array(found.names.keys)).map { version in
            "Version \(version) of servable \(servable.name), which was requested to be served as a 'specific' version "
                + "in the servable's version policy, was not found under base path \(base)"
        }
        return duplicates + missing
    }

    private static func join(_ base: String, _ name: String) -> String {
        base.hasSuffix("/") ? base + name : "\(base)/\(name)"
    }

    /// The complaints of `current` whose time to be logged has come.
    private mutating func due(_ current: [String], for name: String, at now: Instant) -> [String] {
        let known = complaints[name] ?? [:]
        var next: [String: Complaint] = [:]
        var due: [String] = []
        for text in current where next[text] == nil {
            var complaint = known[text] ?? Complaint(nextLog: now, interval: SourceState.firstInterval)
            if complaint.nextLog <= now {
                due.append(text)
                complaint.nextLog = now.advanced(byNanoseconds: complaint.interval)
                complaint.interval = min(complaint.interval * 2, SourceState.longestInterval)
            }
            next[text] = complaint
        }
        complaints[name] = next.isEmpty ? nil : next
        return due
    }
}
