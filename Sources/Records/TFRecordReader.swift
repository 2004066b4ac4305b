import Glibc
import ServingCore

/// Reads the records of a TFRecord file one after the other; no more than one of them is in memory.
///
/// As TensorFlow's reader it takes a file that ends inside the first bytes of a frame as complete.
public struct TFRecordReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    /// What the file held when it was opened.
    private let byteCount: Int
    private var position = 0
    private let longest: Int

    /// Opens the file at `path`.
    ///
    /// Throws NOT_FOUND, PERMISSION_DENIED and the like with `<path>; <reason>`, and FAILED_PRECONDITION if it is not a
    /// regular file.
    /// - Parameter longest: bytes of the longest record that is read.
    public init(path: String, longest: Int = Int(Int32.max)) throws(Status) {
        // Without O_NONBLOCK a FIFO of that name would block for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(path, errno) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else {
            let error = errno
            close(descriptor)
            throw .file(path, error)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .failedPrecondition("\(path) is not a regular file")
        }
        self.path = path
        self.descriptor = descriptor
        self.longest = longest
        byteCount = Int(facts.st_size)
    }

    deinit { close(descriptor) }

    /// The next record; nil at the end of the file.
    ///
    /// Throws DATA_LOSS with TensorFlow's words and the offset if the frame is broken, RESOURCE_EXHAUSTED if the record is
    /// too long, and what the system says if the file cannot be read.
    public mutating func next() throws(Status) -> [UInt8]? {
        guard byteCount - position >= TFRecord.headerBytes else { return nil }
        let header = try read(TFRecord.headerBytes, at: position)
        guard header.withUnsafeBytes({ TFRecord.isIntact($0) }) else { throw corrupted(at: position) }
        let length = header.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self).littleEndian }
        let rest = byteCount - position - TFRecord.headerBytes - TFRecord.footerBytes
        guard rest >= 0, length <= UInt64(rest) else { throw truncated }
        guard length <= UInt64(max(0, longest)) else {
            throw .resourceExhausted(
                "the record at \(position) of \(path) has \(length) bytes; at most \(longest) are read")
        }
        var record = try read(Int(length) + TFRecord.footerBytes, at: position + TFRecord.headerBytes)
        guard record.withUnsafeBytes({ TFRecord.isIntact($0) }) else {
            throw corrupted(at: position + TFRecord.headerBytes)
        }
        record.removeLast(TFRecord.footerBytes)
        position += TFRecord.size(record.count)
        return record
    }

    private var truncated: Status {
        .dataLoss("truncated record at \(position)' failed with Read less bytes than requested")
    }

    private func corrupted(at offset: Int) -> Status {
        .dataLoss("corrupted record at \(offset)\(offset == 0 ? " (Is this even a TFRecord file?)" : "")")
    }

    /// Exactly `count` bytes, which the file had when it was opened.
    private func read(_ count: Int, at offset: Int) throws(Status) -> [UInt8] {
        var failure: Status?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(descriptor, buffer.baseAddress! + filled, count - filled, offset + filled)
                if read < 0, errno == EINTR { continue }
                if read < 0 { failure = .file(path, errno) }
                guard read > 0 else { return }
                filled += read
            }
        }
        if let failure { throw failure }
        guard bytes.count == count else { throw truncated }
        return bytes
    }
}
