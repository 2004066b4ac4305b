import Glibc
import ServingCore
import Threading
import Transports

/// One request of an HTTP/2 connection: from the frames of a stream to a handler, and back.
///
/// All but `delivered`, which has a lock, is confined to the loop.
final class HTTP2Request: HTTP2StreamHandler, TimerTarget, LoopTask, @unchecked Sendable {
    private let core: HTTPCore
    private let loop: EventLoop
    private var stream: HTTP2Stream?
    private var timer: LoopTimer!
    private let cancellation = CancellationFlag()
    private let arrival: Instant
    private var method = ""
    private var target = ""
    private var authority: String?
    private var fields: [(name: String, value: String)] = []
    private var headers = HTTPHeaders()
    /// Nil while no body is wanted.
    private var body: RequestBody?
    private var bodyTime = BodyTime()
    private var isAnswered = false
    /// The answer on its way to the loop.
    private let delivered = ConditionLock<PreparedAnswer?>(nil)

    private struct BodyTime {
        var begin = Instant(nanoseconds: 0)
        var isOver = false
    }

    init(core: HTTPCore, loop: EventLoop, stream: HTTP2Stream) {
        self.core = core
        self.loop = loop
        self.stream = stream
        arrival = loop.now
        timer = LoopTimer(target: self)
    }

    // MARK: The request

    func receivedHeader(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let name = String(decoding: name, as: UTF8.self)
        let value = String(decoding: value, as: UTF8.self)
        switch name {
        case ":method": method = value
        case ":path": target = value
        case ":authority": authority = value
        default: if !name.hasPrefix(":") { fields.append((name: name, value: value)) }
        }
    }

    func receivedHeadersEnd(isComplete: Bool) {
        if let authority, !fields.contains(where: { $0.name == "host" }) {
            fields.append((name: "host", value: authority))
        }
        headers = HTTPHeaders(fields)
        fields = []
        guard isComplete else { return refuse(HTTPRefusal(431, "The header of the request is longer than the limit")) }
        let framing = RequestFraming.judge(
            method: method, target: target, fields: headers, version: .http2, maxBodyBytes: core.maxBodyBytes)
        switch framing {
        case .failure(let refusal): refuse(refusal)
        case .success(let framing):
            // Without a length, HTTP/2 means an open one.
            let announced = headers["content-length"] == nil ? nil : framing.announcedBytes
            body = RequestBody(announced: announced, limit: core.maxBodyBytes, budget: core.bodyBudget)
            bodyTime.begin = loop.now
            scheduleBodyTimer()
        }
    }

    func receivedData(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let refusal = body?.append(bytes) { refuse(refusal) }
        return true
    }

    func receivedEnd() {
        loop.cancel(timer)
        guard let body = body.take() else { return }
        bodyTime.isOver = true
        let deadline = core.deadline(from: arrival)
        if !deadline.isNever { loop.schedule(timer, at: deadline.instant) }
        let received = ReceivedRequest(
            method: method, target: target, headers: headers, body: body, arrival: arrival, deadline: deadline,
            cancellation: cancellation)
        core.serve(received) { [self] in deliver($0) }
    }

    private func scheduleBodyTimer() {
        let limit = core.options.limits.transfer(body?.byteCount ?? 0)
        loop.schedule(timer, at: bodyTime.begin.advanced(byNanoseconds: limit))
    }

    func timerFired(_ timer: LoopTimer) {
        guard !bodyTime.isOver else {
            send(PreparedAnswer(HTTPRefusal.timedOut.response, nil))
            return cancellation.cancel()
        }
        let limit = core.options.limits.transfer(body?.byteCount ?? 0)
        guard loop.now.nanoseconds(since: bodyTime.begin) >= limit else { return scheduleBodyTimer() }
        refuse(.bodyTooLate)
    }

    // MARK: The answer

    private func refuse(_ refusal: HTTPRefusal) {
        body = nil
        loop.cancel(timer)
        send(PreparedAnswer(refusal.response, nil))
    }

    /// From any thread.
    private func deliver(_ prepared: PreparedAnswer) {
        if loop.isCurrent { return send(prepared) }
        delivered.withLock { $0 = prepared }
        loop.post(self)
    }

    func runOnLoop() {
        if let prepared = delivered.withLock({ $0.take() }) { send(prepared) }
    }

    private func send(_ prepared: PreparedAnswer) {
        guard let stream, !isAnswered else { return }
        isAnswered = true
        loop.cancel(timer)
        let bytes = prepared.response.body.bytes
        let headers = HTTP2Request.headers(of: prepared)
        if method == "HEAD" { return stream.send(headers: headers, endStream: true) }
        stream.send(headers: headers, body: ByteBuffer(lent: bytes, by: prepared))
    }

    private static func headers(of prepared: PreparedAnswer) -> HeaderBlock {
        var list = [HeaderField(":status", "\(prepared.response.status)")]
        list.append(HeaderField("date", DateField.text(time(nil)), isIndexed: false))
        for (name, value) in prepared.fields where value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) {
            list.append(HeaderField(name.lowercased(), value))
        }
        list.append(HeaderField("content-length", "\(prepared.response.body.bytes.count)", isIndexed: false))
        return HeaderBlock(list)
    }

    func streamClosed(isComplete: Bool) {
        loop.cancel(timer)
        stream = nil
        body = nil
        if !isComplete { cancellation.cancel() }
    }
}
