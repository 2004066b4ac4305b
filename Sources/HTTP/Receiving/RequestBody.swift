import Glibc
import Transports

/// The body of a request as it comes in. Memory grows with what has really come, and is taken from a budget that all
/// connections share; it is given back with the last reference.
final class RequestBody: @unchecked Sendable {  // filled by one connection, read only after that
    private let buffer = ByteBuffer()
    private let budget: MemoryBudget
    private let limit: Int
    private let announced: Int?
    private var taken = 0

    /// The first piece of memory for a body that announces more.
    private static let firstBytes = 64 << 10

    /// What an empty body points to, so that even behind that something can be read.
    nonisolated(unsafe) private static let nothing: UnsafeRawPointer = {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: HTTPRequest.padding, alignment: 16)
        memset(memory, 0, HTTPRequest.padding)
        return UnsafeRawPointer(memory)
    }()

    /// - Parameters:
    ///   - announced: the length, if the peer has told it; checked against `limit`.
    ///   - limit: the longest body that is taken.
    init(announced: Int?, limit: Int, budget: MemoryBudget) {
        self.announced = announced
        self.limit = limit
        self.budget = budget
    }

    deinit { budget.give(taken) }

    var byteCount: Int { buffer.count }

    /// Appends what has come; nil, or why no more is taken.
    func append(_ bytes: UnsafeRawBufferPointer) -> HTTPRefusal? {
        guard bytes.count <= limit - buffer.count else { return .bodyTooLong(nil, limit: limit) }
        guard makeRoom(for: buffer.count + bytes.count), buffer.append(bytes) else {
            return .noRoomForBody(limit: budget.limit)
        }
        return nil
    }

    private func makeRoom(for byteCount: Int) -> Bool {
        let needed = byteCount + HTTPRequest.padding
        guard needed > taken else { return true }
        let larger = max(needed, RequestBody.firstBytes, taken * 2)
        let wanted = max(needed, min((announced ?? limit) + HTTPRequest.padding, larger))
        guard budget.take(wanted - taken) else { return false }
        taken = wanted
        return buffer.reserve(wanted)
    }

    /// The bytes, with readable ones behind them; valid while this object is referenced. Nothing may be appended after
    /// that.
    func close() -> UnsafeRawBufferPointer {
        guard buffer.count > 0 else { return UnsafeRawBufferPointer(start: RequestBody.nothing, count: 0) }
        // There is room, because `makeRoom` reserves it.
        _ = buffer.append(upTo: HTTPRequest.padding) { padding in
            padding.initializeMemory(as: UInt8.self, repeating: 0)
            return 0
        }
        return buffer.bytes
    }

    /// What the body was before it was compressed with gzip; empty if it is no such thing or longer than `limit`, as
    /// TensorFlow Serving has it.
    /// - Returns: a failure only if there is no room.
    func inflated(limit: Int) -> Result<RequestBody, HTTPRefusal> {
        let result = RequestBody(announced: nil, limit: limit, budget: budget)
        var refusal: HTTPRefusal?
        let isWhole = Gzip.inflate(buffer.bytes) { piece in
            refusal = result.append(piece)
            return refusal == nil
        }
        if let refusal, refusal.status == 503 { return .failure(refusal) }
        return .success(isWhole ? result : RequestBody(announced: 0, limit: 0, budget: budget))
    }
}
