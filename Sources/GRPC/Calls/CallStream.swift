import ServingCore
import Transports

/// One call on its loop: from the frames of a stream to a request for the handler, and back. Used again for later
/// calls.
final class CallStream: HTTP2StreamHandler, TimerTarget {
    unowned let connection: GRPCConnection
    let server: ServerCore
    let loop: EventLoop
    private(set) var stream: HTTP2Stream?
    private(set) var call: GRPCCall
    /// The last call had been answered when its stream ended, but its handler still held it: whether it can be used again shows
    /// when the next one begins.
    private var isCallUsed = false
    private var timer: LoopTimer!

    private var head = RequestHead()
    var state = CallState()
    var deframer = MessageDeframer()
    /// Only of a streaming call.
    var intake: StreamIntake?
    /// The connection holds the request back; only the connection changes it.
    var isHeld = false
    private var isCompressed = false
    private var announcedBytes = 0
    /// What the answer has taken from the budget; given back when the stream has ended.
    private var answerBytes = 0

    init(connection: GRPCConnection, loop: EventLoop) {
        self.connection = connection
        self.loop = loop
        server = connection.server
        call = GRPCCall(connection: connection, loop: loop)
        timer = LoopTimer(target: self)
    }

    func begin(on stream: HTTP2Stream) {
        self.stream = stream
        if isCallUsed { renewCall() }
        call.stream = self
        head = RequestHead()
        state = CallState()
        deframer = MessageDeframer()
    }

    // MARK: The request

    func receivedHeader(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if !head.take(name: name, value: value, router: server.router) {
            call.metadataStore.append(name: name, value: value)
        }
    }

    func receivedHeadersEnd(isComplete: Bool) {
        switch head.verdict(isComplete: isComplete) {
        case .proceed:
            startTimer()
            if case .streaming(let handler, let limit) = head.route?.kind { open(handler, maxMessageBytes: limit) }
        case .fail(let status): fail(status)
        case .http(let answer):
            if state.answerEnds() != .tooLate { stream?.send(headers: answer, endStream: true) }
        }
    }

    private func startTimer() {
        guard let timeout = head.timeoutNanoseconds else { return }
        guard timeout > 0 else { return fail(CallStream.deadlineExceeded) }
        let instant = loop.now.advanced(byNanoseconds: timeout)
        call.deadline = Deadline(instant)
        loop.schedule(timer, at: instant)
    }

    func receivedData(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if intake != nil { return receivedStreamed(bytes) }
        var rest = bytes
        while state.isReceiving, takeStep(&rest) {}
        return !state.isReceiving || connection.mayReceive(self)
    }

    /// Uses some of `bytes`; false if none are left.
    func takeStep(_ bytes: inout UnsafeRawBufferPointer) -> Bool {
        switch deframer.next(&bytes) {
        case .needsMore: return false
        case .begin(let flag, let byteCount): beginMessage(flag, byteCount)
        case .payload(let piece): append(piece)
        case .end: endMessage()
        }
        return true
    }

    /// The longest message that is taken.
    private var maxMessageBytes: Int { min(server.options.maxReceiveMessageBytes, intake?.maxMessageBytes ?? .max) }

    private func beginMessage(_ flag: UInt8, _ byteCount: Int) {
        if let failure = state.messageBegins() { return fail(failure) }
        guard flag <= 1 else { return fail(.internalError("Invalid message flag: expected 0 or 1, got \(flag)")) }
        // An empty message has nothing to decompress, whatever its flag says.
        isCompressed = flag == 1 && byteCount > 0
        if isCompressed {
            guard let encoding = head.encoding else {
                return fail(.unimplemented("Compression algorithm '\(head.encodingName)' is not supported"))
            }
            guard encoding != .identity else {
                return fail(.internalError("Compression bit set but no encoding configured"))
            }
            guard server.options.compression.enabled.allows(encoding) else {
                return fail(.unimplemented("Compression algorithm '\(encoding.name)' is disabled."))
            }
        }
        let limit = maxMessageBytes
        guard byteCount <= limit else {
            return fail(.resourceExhausted("Received message larger than max (\(byteCount) vs. \(limit))"))
        }
        announcedBytes = byteCount
    }

    private func append(_ piece: UnsafeRawBufferPointer) {
        guard makeRoom(for: call.request.count + piece.count), call.request.append(piece) else {
            return failForMemory()
        }
    }

    /// Room grows with what has really come, so that a prefix alone costs nothing.
    private func makeRoom(for byteCount: Int) -> Bool {
        guard byteCount > call.requestBytes else { return true }
        let larger = max(byteCount, ServerCore.firstRequestBytes, call.requestBytes &* 4)
        let wanted = max(byteCount, min(announcedBytes, larger))
        return call.takeRequestBytes(wanted - call.requestBytes) && call.request.reserve(wanted)
    }

    func failForMemory() {
        fail(
            .resourceExhausted(
                "no room for a request of \(announcedBytes) bytes: requests may occupy "
                    + "\(connection.requestBudget.limit) bytes of a connection and \(server.requestBudget.limit) in all"
            ))
    }

    private func endMessage() {
        if isCompressed { decompress() }
        if intake != nil, state.isReceiving { passOnMessage() }
    }

    private func decompress() {
        guard let encoding = head.encoding else { return }
        do throws(Status) {
            let limit = maxMessageBytes
            let compressedBytes = call.requestBytes
            let message = try Compression.decompress(call.request.bytes, encoding, limit: limit) { more in
                call.takeRequestBytes(more)
            }
            call.giveRequestBytes(compressedBytes)
            call.request = message
        } catch {
            fail(error)
        }
    }

    func resumeReceiving() { stream?.resumeReading() }

    func receivedEnd() {
        connection.endsReceiving(self)
        if intake?.keepsEndBack() == true { return }
        endRequest()
    }

    func endRequest() {
        switch state.requestEnds(isBetweenMessages: deframer.isBetweenMessages) {
        case .ignore: break
        case .fail(let status): fail(status)
        case .dispatch: dispatch()
        case .endRequest: intake?.receiver.receivedEnd()
        }
    }

    private func dispatch() {
        switch head.route?.kind {
        case .unary(let handler):
            if let limit = call.beginWork() { return fail(.resourceExhausted("too many calls in progress: \(limit)")) }
            call.answerEncoding = server.options.compression.encoding(
                request: head.encoding ?? .identity, accepted: head.accepted)
            handler(call)
        case .standing(let handler):
            guard connection.beginsStanding(self) else { return fail(CallStream.shuttingDown) }
            handler(call)
        case .streaming, nil: fail(.unimplemented(""))
        }
    }

    // MARK: The answer

    func fail(_ status: Status) { end(GRPCCall.Ending(status: status, trailers: [])) }

    /// Sends what the handler has handed over.
    func deliver(_ outbox: GRPCCall.Outbox) {
        if let message = outbox.message {
            if outbox.moreMessages.isEmpty, let ending = outbox.ending { return answer(message, ending) }
            send(message)
            for message in outbox.moreMessages { send(message) }
        }
        if let ending = outbox.ending { end(ending) }
    }

    /// The usual answer: one message and the end.
    func answer(_ message: OutgoingMessage, _ ending: GRPCCall.Ending) {
        guard state.phase == .dispatched, takeAnswerRoom(for: message) else {
            send(message)
            return end(ending)
        }
        _ = state.messageIsSent()
        _ = state.answerEnds()
        loop.cancel(timer)
        stream?.send(
            headers: server.answerHeaders.begin(message.encoding), body: message.buffer,
            trailers: AnswerHeaders.trailers(ending))
    }

    private func send(_ message: OutgoingMessage) {
        guard state.phase != .answered, state.phase != .closed else { return }
        guard takeAnswerRoom(for: message) else {
            let limits = server.options
            // The handler learns that its further messages would find nobody.
            defer { call.cancel() }
            return fail(
                .resourceExhausted(
                    "no room for an answer of \(message.byteCount) bytes: answers that are not read yet may occupy "
                        + "\(limits.maxBufferedAnswerBytesPerConnection) bytes of a connection and "
                        + "\(limits.maxBufferedAnswerBytes) in all"))
        }
        if state.messageIsSent() == .withHeaders {
            stream?.send(headers: server.answerHeaders.begin(message.encoding), endStream: false)
        }
        stream?.send(body: message.buffer)
    }

    /// Makes sure that a client that reads slowly or not at all can't pile up answers without end.
    private func takeAnswerRoom(for message: OutgoingMessage) -> Bool {
        guard let stream else { return false }
        let byteCount = message.buffer.count
        let owed = stream.connection.owedBytes
        guard owed == 0 || byteCount <= server.options.maxBufferedAnswerBytesPerConnection - owed else { return false }
        guard server.answerBudget.take(byteCount) else { return false }
        answerBytes += byteCount
        return true
    }

    private func end(_ ending: GRPCCall.Ending) {
        switch state.answerEnds() {
        case .tooLate: return
        case .withHeaders: stream?.send(headers: server.answerHeaders.trailersOnly(ending), endStream: true)
        case .withoutHeaders: stream?.send(trailers: AnswerHeaders.trailers(ending))
        }
        loop.cancel(timer)
    }

    // MARK: The end

    private static let deadlineExceeded = Status(.deadlineExceeded, "Timed out waiting for notification")
    static let shuttingDown = Status(.unavailable, "the server is shutting down")

    /// Ends a call that could stand for ever.
    func endForShutdown() {
        fail(CallStream.shuttingDown)
        call.cancel()
    }

    func timerFired(_ timer: LoopTimer) {
        guard timer === self.timer else { return resumeStreaming() }
        let wasDispatched = state.phase == .dispatched || state.phase == .answering
        fail(CallStream.deadlineExceeded)
        if wasDispatched { call.cancel() }
    }

    func streamClosed(isComplete: Bool) {
        loop.cancel(timer)
        connection.endsReceiving(self)
        connection.endsStanding(self)
        if let intake { loop.cancel(intake.wakeUp) }
        call.stream = nil
        stream = nil
        if answerBytes > 0 { server.answerBudget.give(answerBytes) }
        answerBytes = 0
        let isAnswered = state.phase == .answered
        if state.streamCloses() { call.cancel() }
        intake = nil
        // Who has just answered on another thread is about to let go of it.
        isCallUsed = isAnswered && !isKnownUniquelyReferenced(&call) && call.keepsLittle
        if isCallUsed { call.giveRequestBytes(call.requestBytes) } else { renewCall() }
        connection.giveBack(self)
    }

    /// Makes `call` one that nobody has used.
    private func renewCall() {
        isCallUsed = false
        if isKnownUniquelyReferenced(&call) {
            call.recycle()
        } else {
            call = GRPCCall(connection: connection, loop: loop)
        }
    }
}
