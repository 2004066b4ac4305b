import ServingCore

/// Decides what the looks at one base path mean: which versions are wanted, whether its storage is in trouble, and what
/// is worth a log line.
///
/// Versions are given up only when a look shows without doubt that they are gone: an error, a mount that is not there
/// any more, or a link whose target is missing leave everything as it is.
struct BaseState {
    /// What a look led to.
    struct Verdict: Equatable {
        /// nil: leave everything as it is.
        var aspired: [AspiredVersion]?
        var trouble: Trouble?
        var warnings: [String] = []
        /// The numbers found, highest first, or why none can be told.
        var answer: Result<[Int64], Status>
    }

    /// A change of what is wrong with the storage.
    enum Trouble: Equatable {
        case began(Status)
        case healed
    }

    let servable: MonitoredServable
    /// What was published last.
    private(set) var published: [AspiredVersion]?
    private(set) var trouble: Status?
    /// The base path at the last successful look.
    private(set) var identity: BaseIdentity?
    /// Where the base path was when versions were last found in it.
    private var goodPlace: StoragePlace?
    private var answer: Result<[Int64], Status> = .success([])
    private var complaints = Complaints()

    /// - Parameter former: what was known under the same name, for another base path or policy.
    init(_ servable: MonitoredServable, after former: BaseState? = nil) {
        self.servable = servable
        published = former?.published
        trouble = former?.trouble
        if former?.servable.basePath == servable.basePath { goodPlace = former?.goodPlace }
    }

    mutating func judge(_ result: LookResult, at now: Instant) -> Verdict {
        switch result {
        case .same:
            return Verdict(aspired: nil, trouble: heal(), answer: answer)
        case .failed(let status):
            return failed(status, at: now)
        case .found(let look):
            identity = look.identity
            if let status = vanished(look) { return failed(status, at: now) }
            return found(look, at: now)
        }
    }

    /// A look has not come back for `seconds`.
    mutating func isHanging(seconds: UInt64) -> Verdict {
        let status = Status.unavailable("\(servable.basePath) has not answered for \(seconds) s")
        let warning = "Base path \(servable.basePath) of servable \(servable.name) has not answered for \(seconds) s"
        let change = begin(status)
        return Verdict(aspired: nil, trouble: change, warnings: [warning], answer: .failure(status))
    }

    // MARK: - Trouble

    private mutating func begin(_ status: Status) -> Trouble? {
        guard trouble != status else { return nil }
        trouble = status
        return .began(status)
    }

    private mutating func heal() -> Trouble? {
        guard trouble != nil else { return nil }
        trouble = nil
        return .healed
    }

    private mutating func failed(_ status: Status, at now: Instant) -> Verdict {
        let complaint =
            "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path "
            + "\(servable.basePath) for servable \(servable.name) with error \(status)"
        answer = .failure(status)
        identity = nil
        return Verdict(
            aspired: nil, trouble: begin(status), warnings: complaints.due([complaint], at: now), answer: answer)
    }

    /// Says so if versions were found here before on another file system and now there are none: what is seen is the
    /// empty directory that something was mounted on.
    private func vanished(_ look: BaseLook) -> Status? {
        guard look.found.names.isEmpty, let goodPlace, goodPlace != look.identity.place else { return nil }
        return .unavailable(
            "\(servable.basePath) is empty and lies on another file system than the versions that were found in it; "
                + "it may have been unmounted")
    }

    // MARK: - Versions

    private mutating func found(_ look: BaseLook, at now: Instant) -> Verdict {
        let names = look.found.names.merging(missedLinks(look)) { found, _ in found }
        let aspired = servable.policy.select(from: Array(names.keys)).map { version in
            AspiredVersion(
                version: version, path: servable.path(of: names[version]!), fingerprint: look.fingerprints[version])
        }
        answer = .success(names.keys.sorted(by: >))
        goodPlace = look.identity.place
        let warnings = complaints.due(BaseState.complaints(about: servable, look.found), at: now)
        let missing = missedLinks(look).keys.sorted().first
        let change =
            if let missing {
                begin(.unavailable("\(servable.path(of: names[missing]!)) is a link to something that is not there"))
            } else {
                heal()
            }
        let isNews = aspired != published
        published = aspired
        return Verdict(aspired: isNews ? aspired : nil, trouble: change, warnings: warnings, answer: answer)
    }

    /// The links to nowhere that led to a wanted version before: their storage has vanished, they have not been taken
    /// away.
    private func missedLinks(_ look: BaseLook) -> [Int64: String] {
        guard !look.found.dangling.isEmpty, let published else { return [:] }
        let wanted = Set(published.map(\.path))
        return look.found.dangling.filter { wanted.contains(servable.path(of: $0.value)) }
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
}
