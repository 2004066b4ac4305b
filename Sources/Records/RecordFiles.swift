import Glibc
import ServingCore

/// The files of one log: appends records to the newest and begins another when it is full. Confined to one thread.
final class RecordFiles {
    /// When a file is full, and how many are kept.
    struct Limits {
        /// As many as a warm-up file may hold, so that each file can serve as one.
        var recordsPerFile = 1000
        var bytesPerFile = 64 << 20
        /// Files that are kept, those of earlier processes included; the oldest are removed.
        var files = 64
    }

    private struct OpenFile {
        let descriptor: Int32
        let path: String
        var records = 0
        var bytes = 0
    }

    private let name: RecordFileName
    private let limits: Limits
    private var current: OpenFile?
    private var begun = 0

    init(_ name: RecordFileName, limits: Limits) {
        self.name = name
        self.limits = limits
    }

    deinit { finish() }

    /// Writes `records` one behind the other; what has been written is in the file when this returns.
    ///
    /// Throws what the system says; records written before are kept whole, the rest is not written.
    /// - Parameter written: is told after each piece how many records it had.
    func append(_ records: some Collection<[UInt8]>, written: (Int) -> Void) throws(Status) {
        var rest = records[...]
        while !rest.isEmpty {
            let file = try openFile(roomFor: rest.first!.count)
            var bytes: [UInt8] = []
            var count = 0
            while let record = rest.first, count == 0 || fits(record, file, count, bytes.count) {
                record.withUnsafeBytes { TFRecord.append($0, to: &bytes) }
                count += 1
                rest = rest.dropFirst()
            }
            try write(bytes, file, count)
            written(count)
        }
    }

    private func fits(_ record: [UInt8], _ file: OpenFile, _ pendingRecords: Int, _ pendingBytes: Int) -> Bool {
        // A megabyte at a time: what waits is already in memory once.
        pendingBytes < 1 << 20 && file.records + pendingRecords < limits.recordsPerFile
            && file.bytes + pendingBytes + TFRecord.size(record.count) <= limits.bytesPerFile
    }

    /// Closes the current file; a later record begins another.
    func finish() {
        guard let file = current else { return }
        current = nil
        close(file.descriptor)
        if file.records == 0 { unlink(file.path) }
    }

    /// The file for a record of `byteCount` bytes, begun if need be.
    private func openFile(roomFor byteCount: Int) throws(Status) -> OpenFile {
        if let file = current {
            let isFull =
                file.records >= limits.recordsPerFile
                || (file.records > 0 && file.bytes + TFRecord.size(byteCount) > limits.bytesPerFile)
            if !isFull { return file }
            finish()
        }
        removeSurplus(keeping: limits.files - 1)
        for _ in 0..<100 {
            begun += 1
            let path = name.path(name.name(seconds: time(nil), process: getpid(), number: begun))
            // Requests may hold what is not everybody's business.
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o640)
            if descriptor < 0, errno == EEXIST || errno == EINTR { continue }
            guard descriptor >= 0 else { throw .file(path, errno) }
            let file = OpenFile(descriptor: descriptor, path: path)
            current = file
            return file
        }
        throw .file(name.path(name.stem), EEXIST)
    }

    private func write(_ bytes: [UInt8], _ file: OpenFile, _ count: Int) throws(Status) {
        var position = 0
        while position < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(file.descriptor, $0.baseAddress! + position, bytes.count - position)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let error = written < 0 ? errno : ENOSPC
                // A part of a record would make the file unreadable from there on.
                ftruncate(file.descriptor, file.bytes)
                finish()
                throw .file(file.path, error)
            }
            position += written
        }
        current!.bytes += bytes.count
        current!.records += count
    }

    private func removeSurplus(keeping kept: Int) {
        guard let stream = opendir(name.folder) else { return }
        var names: [String] = []
        while let entry = readdir(stream) {
            let found = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.matches(found) { names.append(found) }
        }
        closedir(stream)
        for surplus in name.surplus(of: names, keeping: kept) { unlink(name.path(surplus)) }
    }
}
