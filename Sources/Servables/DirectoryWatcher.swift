import CPlatform
import Glibc
import ServingCore
import Threading

/// Reports changes in directories, through inotify.
final class DirectoryWatcher: ChangeReports {
    /// What has been reported.
    struct Changes: Equatable {
        /// The models to which it matters.
        var keys: Set<Int> = []
        /// The system dropped reports: anything may have changed.
        var areIncomplete = false
    }

    private struct State {
        var table = WatchTable()
        var hasWarned = false
    }

    /// Becomes readable when something has changed; not blocking.
    let descriptor: Int32
    private let state = ConditionLock(State())

    private static let mask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR)

    /// Nil, with a warning, if the system gives no instance.
    init?() {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor < 0 else { return }
        let limit = errno == EMFILE ? " (see sysctl fs.inotify.max_user_instances)" : ""
        Log.warning(
            "Changes of files are not reported (\(String(cString: strerror(errno)))\(limit)); "
                + "base paths are polled in full"
        )
        return nil
    }

    deinit { close(descriptor) }

    /// Directories that are watched now.
    var count: Int { state.withLock { $0.table.count } }

    func begin(key: Int) -> any ChangeReportRequest { Request(self, key) }

    /// Nothing is watched for `key` any more.
    func unwatch(key: Int) { keep([], key: key) }

    /// Takes all that has been reported since the last call, without waiting.
    func read() -> Changes {
        var changes = Changes()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return changes }
            state.withLock { state in
                DirectoryWatcher.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &state.table, &changes)
            }
        }
    }

    private static func take(_ bytes: UnsafeRawBufferPointer, _ table: inout WatchTable, _ changes: inout Changes) {
        let headSize = MemoryLayout<inotify_event>.size
        var offset = 0
        while offset + headSize <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            offset += headSize + Int(event.len)
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                changes.areIncomplete = true
            } else if event.mask & UInt32(IN_IGNORED) != 0 {
                changes.keys.formUnion(table.ended(event.wd))
            } else {
                changes.keys.formUnion(table.keys(of: event.wd))
            }
        }
    }

    /// Nil if the directory can't be watched.
    fileprivate func watch(_ directory: String, key: Int) -> Int32? {
        // Finding the directory may hang; adding the watch of what has been found does not, and so can be done under
        // the lock, which keeps its reports from being read before its owner is known.
        let found = cplatform_open_directory_path(directory)
        guard found >= 0 else { return nil }
        defer { close(found) }
        let (watch, failure) = state.withLock { state -> (Int32, Int32) in
            let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(found)", DirectoryWatcher.mask)
            guard watch >= 0 else { return (watch, errno) }
            state.table.add(watch, key: key)
            return (watch, 0)
        }
        if failure == ENOSPC { warnOfLimit() }
        return watch >= 0 ? watch : nil
    }

    private func warnOfLimit() {
        let isNews = state.withLock { state in
            defer { state.hasWarned = true }
            return !state.hasWarned
        }
        guard isNews else { return }
        Log.warning(
            "No more directories can be watched for changes (sysctl fs.inotify.max_user_watches): "
                + "the remaining base paths are polled in full")
    }

    fileprivate func keep(_ kept: Set<Int32>, key: Int) {
        state.withLock { state in
            for watch in state.table.keep(kept, key: key) { inotify_rm_watch(descriptor, watch) }
        }
    }

    private final class Request: ChangeReportRequest {
        private let watcher: DirectoryWatcher
        private let key: Int
        private var watches: Set<Int32> = []
        private var isComplete = true
        private var isFinished = false

        init(_ watcher: DirectoryWatcher, _ key: Int) {
            self.watcher = watcher
            self.key = key
        }

        func watch(_ directory: String) {
            guard isComplete else { return }
            if let watch = watcher.watch(directory, key: key) {
                watches.insert(watch)
            } else {
                isComplete = false
            }
        }

        func finish(isWanted: Bool) -> Bool {
            guard !isFinished else { return false }
            isFinished = true
            let isWatched = isComplete && isWanted
            watcher.keep(isWatched ? watches : [], key: key)
            return isWatched
        }
    }
}
