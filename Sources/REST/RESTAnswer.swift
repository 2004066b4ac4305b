import Glibc
import HTTP
import JSON
import Services
import ServingCore

/// Bytes that were allocated by C.
private final class AllocatedBytes: Sendable {
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    deinit { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
}

extension HTTPBody {
    /// What has been written into `buffer`. Throws RESOURCE_EXHAUSTED if there was not enough memory for it.
    init(_ buffer: consuming JSONBuffer) throws(Status) {
        guard let bytes = buffer.take() else {
            throw .resourceExhausted("no memory is left for the text of the answer")
        }
        self.init(bytes, owner: AllocatedBytes(bytes))
    }

    /// The answer as a message. Throws RESOURCE_EXHAUSTED without memory for it.
    init(_ answer: WireAnswer) throws(Status) {
        guard let memory = malloc(max(1, answer.byteCount)) else {
            throw .resourceExhausted("no \(answer.byteCount) bytes of memory are left for the answer")
        }
        let bytes = UnsafeMutableRawBufferPointer(start: memory, count: answer.byteCount)
        answer.write(to: bytes)
        self.init(UnsafeRawBufferPointer(bytes), owner: AllocatedBytes(UnsafeRawBufferPointer(bytes)))
    }
}

/// Kinds of content.
enum ContentType {
    static let json = "application/json"
    static let protobuf = "application/x-protobuf"
    static let numpy = "application/x-npy"
    static let raw = "application/octet-stream"
}

extension HTTPResponse {
    /// The answer to a call that failed.
    init(_ status: Status) {
        var buffer = JSONBuffer()
        buffer.append("{\n    \"error\": ")
        buffer.append(string: status.message)
        buffer.append("\n}")
        self.init(
            status: HTTPStatus.number(status.code), contentType: ContentType.json,
            body: HTTPBody(Array(buffer.bytes)))
        // Worth another try soon.
        if status.code == .unavailable { headers.append((name: "Retry-After", value: "1")) }
    }

    /// Adds what is known of how the answer came about.
    /// - Parameter tellsTimings: whether the times are among it.
    mutating func add(_ facts: ServingFacts?, tellsTimings: Bool) {
        guard var facts else { return }
        if !tellsTimings { facts.timings = nil }
        headers += facts.fields
        guard !facts.signatureName.isEmpty, facts.signatureName.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
            return
        }
        headers.append((name: "x-model-server-signature", value: facts.signatureName))
    }
}
