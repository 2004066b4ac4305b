import ServingCore
import Synchronization
import Threading

/// Appends records to TFRecord files on a thread of its own; whoever has a record never waits.
///
/// Records that come faster than the disk takes them, or that cannot be written, are dropped and counted; the log of the
/// server says so at most once a minute.
public final class RecordLog: Sendable {
    /// A series of files.
    public struct Destination: Sendable, Hashable {
        /// What the paths of the files begin with; absolute.
        public let prefix: String
        /// What stands behind it, usually the name of a model.
        public let name: String

        public init(prefix: String, name: String) {
            self.prefix = prefix
            self.name = name
        }
    }

    /// How much is kept in memory and on disk.
    public struct Limits: Sendable {
        /// Records of all destinations that wait for the disk, in bytes.
        public var queuedBytes = 64 << 20
        /// A file is full with so many records…
        public var recordsPerFile = 1000
        /// … or when it would become larger than this.
        public var bytesPerFile = 64 << 20
        /// Files of a destination that are kept.
        public var files = 64

        public init() {}
    }

    private let limits: Limits
    private let clock: any Clock
    private let queue: ConditionLock<RecordQueue>
    private let droppedInAll = Atomic<UInt64>(0)

    /// After a failure nothing is written to a destination for so long.
    private static let pauseNanoseconds: UInt64 = 2_000_000_000

    /// Starts the thread, which runs until `stop`.
    public init(limits: Limits = Limits(), clock: any Clock = SystemClock()) {
        self.limits = limits
        self.clock = clock
        queue = ConditionLock(RecordQueue(limit: limits.queuedBytes))
        _ = Thread(name: "request-log", niceness: 5) { [self] in run() }
    }

    /// Hands over `record`. Returns at once; false if it was dropped.
    @discardableResult
    public func append(_ record: [UInt8], to destination: Destination) -> Bool {
        let isTaken = queue.withLockNotifyingOne { $0.offer(record, for: destination) }
        if !isTaken { droppedInAll.add(1, ordering: .relaxed) }
        return isTaken
    }

    /// Hands over the record that `make` makes, unless it would be too long: then it is not even made.
    /// - Parameter byteCount: about what it has.
    public func append(to destination: Destination, byteCount: Int, _ make: () -> [UInt8]) {
        // A quarter, so that no single one keeps all others out.
        guard byteCount <= limits.queuedBytes / 4 else {
            droppedInAll.add(1, ordering: .relaxed)
            queue.withLockNotifyingOne { $0.addDropped(1) }
            return
        }
        append(make(), to: destination)
    }

    /// Closes the current file of `destination` behind what was appended before.
    public func finish(_ destination: Destination) { queue.withLockNotifyingOne { $0.finish(destination) } }

    /// Records that were dropped since the start.
    public var droppedRecords: UInt64 { droppedInAll.load(ordering: .relaxed) }

    /// Writes what waits and ends the thread; later records are dropped.
    /// - Returns: false if that takes longer than `nanoseconds`, for example because a disk hangs.
    @discardableResult
    public func stop(withinNanoseconds nanoseconds: UInt64 = 5_000_000_000) -> Bool {
        queue.withLockNotifyingAll { $0.isStopped = true }
        let deadline = Instant(nanoseconds: clock.nanoseconds()).advanced(byNanoseconds: nanoseconds)
        return queue.wait(untilNanoseconds: deadline.nanoseconds) { $0.isFinished ? () : nil } != nil
    }

    // MARK: - On the thread

    /// A destination as the thread sees it.
    private struct Series {
        let files: RecordFiles
        /// Nothing is written before this, after a failure.
        var pausedUntil = Instant(nanoseconds: 0)
        var failure: Status?
    }

    private var now: Instant { Instant(nanoseconds: clock.nanoseconds()) }

    private func run() {
        var series: [Destination: Series] = [:]
        var complaints = ComplaintLimit()
        var isEnding = false
        while !isEnding {
            let (taken, isStopped) = queue.wait { queue in queue.take().map { ($0, queue.isStopped) } }
            isEnding = isStopped
            write(taken, &series)
            let hasDropped = queue.withLock { queue in
                queue.written(taken)
                return queue.dropped > 0
            }
            guard hasDropped, isEnding || complaints.isDue(at: now) else { continue }
            complain(queue.withLock { $0.takeDropped() }, series)
        }
        for one in series.values { one.files.finish() }
        queue.withLockNotifyingAll { $0.isFinished = true }
    }

    private func complain(_ count: UInt64, _ series: [Destination: Series]) {
        let failures = series.values.compactMap(\.failure).map(\.description).sorted()
        let reason = failures.first ?? "they came faster than they could be written"
        Log.warning("Request log: \(count) requests were not logged: \(reason). Serving goes on")
    }

    /// Writes runs of records with the same destination at once.
    private func write(_ entries: [RecordQueue.Entry], _ series: inout [Destination: Series]) {
        var records: [Destination: [[UInt8]]] = [:]
        for entry in entries {
            switch entry {
            case .record(let destination, let record): records[destination, default: []].append(record)
            case .finish(let destination):
                if let waiting = records.removeValue(forKey: destination) { write(waiting, destination, &series) }
                series.removeValue(forKey: destination)?.files.finish()
            }
        }
        for (destination, waiting) in records { write(waiting, destination, &series) }
    }

    private func write(_ records: [[UInt8]], _ destination: Destination, _ series: inout [Destination: Series]) {
        var one = series[destination] ?? Series(files: files(of: destination))
        defer { series[destination] = one }
        var written = 0
        if one.pausedUntil <= now {
            do throws(Status) {
                try one.files.append(records) { written += $0 }
                if one.failure != nil { Log.info("Request log: \(destination.prefix) can be written again") }
                one.failure = nil
            } catch {
                one.failure = error
                one.pausedUntil = now.advanced(byNanoseconds: RecordLog.pauseNanoseconds)
            }
        }
        let lost = records.count - written
        guard lost > 0 else { return }
        droppedInAll.add(UInt64(lost), ordering: .relaxed)
        queue.withLock { $0.addDropped(lost) }
    }

    private func files(of destination: Destination) -> RecordFiles {
        var limits = RecordFiles.Limits()
        limits.recordsPerFile = max(1, self.limits.recordsPerFile)
        limits.bytesPerFile = self.limits.bytesPerFile
        limits.files = max(1, self.limits.files)
        return RecordFiles(RecordFileName(prefix: destination.prefix, name: destination.name), limits: limits)
    }
}
