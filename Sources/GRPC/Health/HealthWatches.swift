import ServingCore

/// Who watches the health of which name, and what each was told last; pure decisions, no input and no output.
struct HealthWatches {
    typealias WatchID = UInt64

    /// A watcher that has to be told something new.
    struct News: Equatable {
        let watch: WatchID
        let status: HealthStatus
    }

    private struct Name {
        /// What each watcher was told last; nil before the first message.
        var told: [WatchID: HealthStatus?] = [:]
    }

    private var names: [String: Name] = [:]
    private var watched: [WatchID: String] = [:]
    private var lastID: WatchID = 0
    private let limit: Int

    /// Longer names have no meaning to anybody.
    static let maxNameBytes = 1024

    init(limit: Int) { self.limit = limit }

    var count: Int { watched.count }

    /// Adds a watcher of `name`, who is told the present status by the next `news`.
    ///
    /// RESOURCE_EXHAUSTED if there are as many watchers as the limit allows, INVALID_ARGUMENT for a name that is too long.
    mutating func add(_ name: String) throws(Status) -> WatchID {
        guard name.utf8.count <= HealthWatches.maxNameBytes else {
            throw .invalidArgument(
                "a service name may have \(HealthWatches.maxNameBytes) bytes, got \(name.utf8.count)")
        }
        guard watched.count < limit else {
            throw .resourceExhausted("too many health watches: this server takes \(limit)")
        }
        lastID += 1
        names[name, default: Name()].told[lastID] = .some(nil)
        watched[lastID] = name
        return lastID
    }

    /// Forgets a watcher; one that is not known is ignored.
    mutating func remove(_ watch: WatchID) {
        guard let name = watched.removeValue(forKey: watch) else { return }
        names[name]?.told[watch] = nil
        if names[name]?.told.isEmpty == true { names[name] = nil }
    }

    /// The names that somebody watches.
    var watchedNames: [String] { Array(names.keys) }

    /// Takes the present status of each watched name, nil for one that is not known, and says who has to be told.
    /// Watchers of names that `statuses` leaves out are told nothing.
    mutating func news(_ statuses: [String: HealthStatus?]) -> [News] {
        var news: [News] = []
        for (name, status) in statuses {
            let present = status ?? .serviceUnknown
            for (watch, told) in names[name]?.told ?? [:] where told != present {
                names[name]?.told[watch] = .some(present)
                news.append(News(watch: watch, status: present))
            }
        }
        return news.sorted { $0.watch < $1.watch }
    }
}
