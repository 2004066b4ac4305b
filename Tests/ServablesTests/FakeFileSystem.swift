import ServingCore
import Threading

@testable import Servables

/// A file system in memory: directories are given by their paths, everything else is a file or a link.
final class FakeFileSystem: FileSystem {
    struct Tree {
        /// With the inode number of each.
        var directories: [String: UInt64] = [:]
        var files: [String: FileFacts] = [:]
        /// Links and what they lead to.
        var links: [String: String] = [:]
        var failures: [String: Status] = [:]
        /// Directories whose storage does not answer.
        var hanging: Set<String> = []
        var places: [String: StoragePlace] = [:]
        var isLocal = true
        var listings = 0
        var questions = 0
        private var lastInode: UInt64 = 0
        private var time: Int64 = 0

        mutating func add(directory: String) {
            lastInode += 1
            directories[directory] = lastInode
        }

        /// Makes the file, or changes it.
        mutating func write(_ file: String) {
            lastInode += 1
            time += 1
            files[file] = FileFacts(isDirectory: false, size: 1, modified: time, changed: time, inode: lastInode)
        }

        /// Takes away `path` and all that is below.
        mutating func remove(_ path: String) {
            func isGone(_ other: String) -> Bool { other == path || other.hasPrefix(path + "/") }
            directories = directories.filter { !isGone($0.key) }
            files = files.filter { !isGone($0.key) }
            links = links.filter { !isGone($0.key) }
        }

        fileprivate func target(_ path: String) -> String {
            for (link, target) in links where path == link || path.hasPrefix(link + "/") {
                return target + path.dropFirst(link.count)
            }
            return path
        }
    }

    let tree: ConditionLock<Tree>

    init(directories: [String] = [], files: [String] = []) {
        var tree = Tree()
        for directory in directories { tree.add(directory: directory) }
        for file in files { tree.write(file) }
        self.tree = ConditionLock(tree)
    }

    func change(_ body: (inout Tree) -> Void) { tree.withLockNotifyingAll { body(&$0) } }

    /// Waits while the storage of `path` hangs.
    private func wait(for path: String) {
        tree.wait { tree in tree.hanging.contains { path == $0 || path.hasPrefix($0 + "/") } ? nil : () }
    }

    func entries(of directory: String) throws(Status) -> [DirectoryEntry] {
        wait(for: directory)
        return try tree.withLock { tree throws(Status) in
            tree.listings += 1
            tree.questions += 1
            if let failure = tree.failures[directory] { throw failure }
            let target = tree.target(directory)
            guard tree.directories[target] != nil else { throw .notFound("\(directory) not found") }
            let prefix = "\(target)/"
            let below = Array(tree.directories.keys) + Array(tree.files.keys) + Array(tree.links.keys)
            return below.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
                .filter { !$0.contains("/") }
                .map { DirectoryEntry(name: $0, isLink: tree.links["\(prefix)\($0)"] != nil) }
        }
    }

    func facts(of path: String) throws(Status) -> FileFacts {
        wait(for: path)
        return try tree.withLock { tree throws(Status) in
            tree.questions += 1
            if let failure = tree.failures[path] { throw failure }
            let target = tree.target(path)
            let place = tree.places.filter { target == $0.key || target.hasPrefix($0.key + "/") }
                .max { $0.key.utf8.count < $1.key.utf8.count }
            if let inode = tree.directories[target] {
                return FileFacts(isDirectory: true, inode: inode, place: place?.value ?? StoragePlace())
            }
            guard let facts = tree.files[target] else { throw .notFound("\(path) not found") }
            return facts
        }
    }

    func isLocal(_ path: String) -> Bool { tree.withLock { $0.isLocal } }
}

/// Reports of changes that a test makes by hand: every directory can be watched, up to a number.
final class FakeReports: ChangeReports {
    let watched: ConditionLock<[Int: Set<String>]> = ConditionLock([:])
    private let limit: Int

    init(limit: Int = .max) { self.limit = limit }

    func begin(key: Int) -> any ChangeReportRequest { Request(self, key) }

    func unwatch(key: Int) { watched.withLock { $0[key] = nil } }

    /// The models to which a change of the entries or the files of `directory` matters.
    func keys(of directory: String) -> [Int] {
        watched.withLock { watched in watched.filter { $0.value.contains(directory) }.keys.sorted() }
    }

    private final class Request: ChangeReportRequest {
        private let reports: FakeReports
        private let key: Int
        private var directories: Set<String> = []
        private var isFinished = false

        init(_ reports: FakeReports, _ key: Int) {
            self.reports = reports
            self.key = key
        }

        func watch(_ directory: String) { directories.insert(directory) }

        func finish(isWanted: Bool) -> Bool {
            guard !isFinished else { return false }
            isFinished = true
            return reports.watched.withLock { watched in
                watched[key] = nil
                let others = watched.values.reduce(0) { $0 + $1.count }
                guard isWanted, others + directories.count <= reports.limit else { return false }
                watched[key] = directories
                return true
            }
        }
    }
}
