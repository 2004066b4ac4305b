import ServingCore

/// A look at one base path that is to be taken.
struct LookOrder: Sendable, Equatable {
    /// Identifies this look.
    let ticket: UInt64
    /// Identifies the model at this base path, for watches.
    let key: Int
    let servable: MonitoredServable
    /// What the base path was at the last look; if it still is, and this is not nil, nothing else is looked at.
    var unlessStill: BaseIdentity?
    /// Whether to ask the system to report changes from now on.
    var isToWatch = false
    /// Where the base path was when it was last seen.
    var device: UInt64?
}

/// Which directory a base path leads to.
struct BaseIdentity: Sendable, Hashable {
    var place: StoragePlace
    var inode: UInt64
}

/// What was found at a base path.
struct BaseLook: Sendable, Equatable {
    var identity: BaseIdentity
    var found: VersionDirectories
    /// Of the content of those versions that the policy selects, as far as it can be read.
    var fingerprints: [Int64: UInt64] = [:]
    /// True if every later change will be reported, apart from another directory taking the place of the base path.
    var isWatched = false
}

enum LookResult: Sendable, Equatable {
    /// The base path is the same directory as before; nothing else was looked at.
    case same
    case found(BaseLook)
    case failed(Status)
}

/// Where a look asks for reports of changes.
protocol ChangeReports: Sendable {
    /// Begins to replace the directories that are watched for `key`.
    func begin(key: Int) -> any ChangeReportRequest
}

/// The watches of one look. A class, because it is filled while directories are walked.
protocol ChangeReportRequest: AnyObject {
    /// Asks for reports of changes in `directory`, before it is listed.
    func watch(_ directory: String)

    /// The request ends; all directories are watched (true), or, if one could not be or `isWanted` is false, none.
    func finish(isWanted: Bool) -> Bool
}

extension BaseLook {
    /// Takes the look that `order` asks for. May hang for as long as the storage does.
    static func take(_ order: LookOrder, in fileSystem: some FileSystem, reports: (any ChangeReports)?) -> LookResult {
        do throws(Status) {
            let base = order.servable.basePath
            let facts = try fileSystem.facts(of: base)
            let identity = BaseIdentity(place: facts.place, inode: facts.inode)
            if order.unlessStill == identity { return .same }
            let request = order.isToWatch && fileSystem.isLocal(base) ? reports?.begin(key: order.key) : nil
            defer { _ = request?.finish(isWanted: false) }
            request?.watch(base)
            var look = BaseLook(identity: identity, found: try list(base, fileSystem))
            let canBeWatched = look.addFingerprints(order.servable, fileSystem) { request?.watch($0) }
            look.isWatched = request?.finish(isWanted: canBeWatched) ?? false
            return .found(look)
        } catch {
            return .failed(error)
        }
    }

    /// Lists a base path; a list without versions is confirmed by a second look, because a rename during the first one
    /// can hide both names and giving up a working model is the costliest mistake here.
    private static func list(_ base: String, _ fileSystem: some FileSystem) throws(Status) -> VersionDirectories {
        let first = try VersionDirectories(under: base, in: fileSystem)
        return first.names.isEmpty ? try VersionDirectories(under: base, in: fileSystem) : first
    }

    /// False if something can change without a report.
    private mutating func addFingerprints(
        _ servable: MonitoredServable, _ fileSystem: some FileSystem, visit: (String) -> Void
    ) -> Bool {
        var canBeWatched = !found.hasLinks
        for version in servable.policy.select(from: Array(found.names.keys)) {
            let path = servable.path(of: found.names[version]!)
            guard let content = fileSystem.content(of: path, visit: visit) else {
                canBeWatched = false
                continue
            }
            fingerprints[version] = content.fingerprint
            if content.hasLinks || !fileSystem.isLocal(path) { canBeWatched = false }
        }
        return canBeWatched
    }
}
