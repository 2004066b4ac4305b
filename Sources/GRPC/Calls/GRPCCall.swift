import ServingCore
import Threading
import Transports

/// One call as its handler sees it: the request, how long the caller waits, and the way back.
///
/// Everything may be used from any thread. The request stays valid as long as the object is referenced, so what borrows
/// its bytes keeps the call. A call must be answered once, by `respond`, `fail` or `finish`; until then it stays open
/// up to its deadline or until the caller goes away. The request never changes after dispatch, and the way back has a
/// lock.
public final class GRPCCall: LoopTask, @unchecked Sendable {
    struct Ending {
        let status: Status
        let trailers: [(name: String, value: String)]
    }

    /// What waits for the loop.
    struct Outbox {
        var message: OutgoingMessage?
        var moreMessages: [OutgoingMessage] = []
        var ending: Ending?
    }

    private struct State {
        var outbox = Outbox()
        var isPosted = false
        var isFinished = false
        var isCancelled = false
        var cancelled: (@Sendable () -> Void)?
    }

    let loop: EventLoop
    let server: ServerCore
    private let connectionWork: WorkGauge
    private let connectionRequests: MemoryBudget
    /// The stream to answer on, nil when it is gone; only touched on the loop.
    unowned(unsafe) var stream: CallStream?
    var request = ByteBuffer()
    /// What the request has taken from the budgets.
    private(set) var requestBytes = 0
    var metadataStore = MetadataStore()
    /// What the answer of a unary call may be compressed with.
    var answerEncoding = MessageEncoding.identity
    private var isCounted = false
    /// The memory of short answers, while no answer is on its way in it.
    private var answerBuffer = ByteBuffer()
    private let state = ConditionLock(State())

    /// When the caller stops waiting; `never` if it did not say.
    public internal(set) var deadline = Deadline.never
    /// Is set when the caller is gone or its deadline has passed.
    public private(set) var cancellation = CancellationFlag()

    init(connection: GRPCConnection, loop: EventLoop) {
        self.loop = loop
        server = connection.server
        connectionWork = connection.work
        connectionRequests = connection.requestBudget
    }

    deinit { releaseResources() }

    // MARK: The request

    /// The request message, decompressed; aligned to 16 bytes, valid as long as the call is referenced.
    public var message: UnsafeRawBufferPointer { request.bytes }

    /// The value of the metadata field `name` (in lower case), the first if there are several; nil without such a
    /// field. Values of fields whose name ends in `-bin` are still in base64.
    public func metadata(_ name: String) -> String? { metadataStore.value(of: name) }

    /// Calls `body` once when the call is cancelled, at once if it already is; on any thread. A later body replaces the
    /// earlier one. It must not keep the call alive: it is let go only when the call ends.
    public func onCancel(_ body: @escaping @Sendable () -> Void) {
        let isTooLate = state.withLock { state in
            guard !state.isFinished else { return false }
            if !state.isCancelled { state.cancelled = body }
            return state.isCancelled
        }
        if isTooLate { body() }
    }

    // MARK: The answer

    /// A message to answer the call with, in memory that has carried an earlier answer if it is short. To be called once for
    /// a call, by who answers it.
    ///
    /// Throws as `OutgoingMessage.init`.
    public func makeMessage(
        byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(Status) -> OutgoingMessage {
        guard byteCount < ServerCore.keptAnswerBytes, isKnownUniquelyReferenced(&answerBuffer) else {
            return try OutgoingMessage(byteCount: byteCount, body)
        }
        answerBuffer.removeAll(keepingCapacityUpTo: ServerCore.keptAnswerBytes)
        return try OutgoingMessage(byteCount: byteCount, in: answerBuffer, body)
    }

    /// Answers a unary call with OK, compressed if the client wants that. An answer after the first one is ignored.
    /// - Parameter trailers: metadata behind the answer; names in lower case, values printable ASCII.
    public func respond(_ message: OutgoingMessage, trailers: [(name: String, value: String)] = []) {
        let ending = Ending(status: .ok, trailers: trailers)
        let byteCount = message.byteCount
        guard answerEncoding != .identity, byteCount >= AnswerCompression.minimumBytes else {
            return offer(message, ending)
        }
        guard loop.isCurrent, byteCount > AnswerCompression.maxBytesOnLoop else {
            return offer(compressed(message), ending)
        }
        // Other connections must not wait for this one.
        guard let offload = server.options.offload else { return offer(message, ending) }
        offload { [self] in offer(compressed(message), ending) }
    }

    private func compressed(_ message: OutgoingMessage) -> OutgoingMessage {
        message.compressed(answerEncoding, cancellation: cancellation) ?? message
    }

    /// Answers with an error. An answer after the first one is ignored.
    /// - Parameter trailers: metadata beside the status; names in lower case, values printable ASCII.
    public func fail(_ status: Status, trailers: [(name: String, value: String)] = []) {
        offer(nil, Ending(status: status, trailers: trailers))
    }

    /// Sends one of several messages; `finish` must follow.
    public func sendMessage(_ message: OutgoingMessage) { offer(message, nil) }

    /// Ends the answer after all messages sent before. An answer after the first one is ignored.
    public func finish(_ status: Status = .ok, trailers: [(name: String, value: String)] = []) {
        offer(nil, Ending(status: status, trailers: trailers))
    }

    private func offer(_ message: OutgoingMessage?, _ ending: Ending?) {
        if let message, let ending, loop.isCurrent, endsUntouched() {
            endWork()
            stream?.answer(message, ending)
            return
        }
        let (mustDeliver, isEnd) = state.withLock { state in
            guard !state.isFinished else { return (false, false) }
            if let message {
                if state.outbox.message == nil {
                    state.outbox.message = message
                } else {
                    state.outbox.moreMessages.append(message)
                }
            }
            if let ending {
                state.outbox.ending = ending
                state.isFinished = true
                state.cancelled = nil
            }
            defer { state.isPosted = true }
            return (!state.isPosted, ending != nil)
        }
        if isEnd { endWork() }
        guard mustDeliver else { return }
        if loop.isCurrent { runOnLoop() } else { loop.post(self) }
    }

    /// Ends the call on the loop if nothing has been sent for it; false otherwise.
    private func endsUntouched() -> Bool {
        state.withLock { state in
            guard !state.isFinished, !state.isPosted, state.outbox.message == nil else { return false }
            state.isFinished = true
            state.cancelled = nil
            return true
        }
    }

    package func runOnLoop() {
        let outbox = state.withLock { state in
            defer { state.outbox = Outbox() }
            state.isPosted = false
            return state.outbox
        }
        stream?.deliver(outbox)
    }

    // MARK: On the loop

    /// Counts the call as work in progress until it is answered.
    /// - Returns: what limits it, if there is too much work already.
    func beginWork() -> String? {
        guard connectionWork.begin() else { return "a connection may have \(connectionWork.limit)" }
        guard server.work.begin() else {
            connectionWork.end()
            return "this server takes \(server.work.limit)"
        }
        isCounted = true
        return nil
    }

    private func endWork() {
        guard isCounted else { return }
        isCounted = false
        server.work.end()
        connectionWork.end()
    }

    /// Takes `byteCount` more bytes for the request; false if a budget has no room for them.
    func takeRequestBytes(_ byteCount: Int) -> Bool {
        guard connectionRequests.take(byteCount) else { return false }
        guard server.requestBudget.take(byteCount) else {
            connectionRequests.give(byteCount)
            return false
        }
        requestBytes += byteCount
        return true
    }

    func giveRequestBytes(_ byteCount: Int) {
        server.requestBudget.give(byteCount)
        connectionRequests.give(byteCount)
        requestBytes -= byteCount
    }

    func cancel() {
        cancellation.cancel()
        let body = state.withLock { state in
            defer { state.cancelled = nil }
            state.isCancelled = true
            return state.cancelled
        }
        body?()
    }

    /// Whether the object holds no more memory than one that waits for its next call may.
    var keepsLittle: Bool { request.capacity <= ServerCore.keptRequestBytes }

    /// Makes the object ready for another call; only if nobody else refers to it.
    func recycle() {
        releaseResources()
        request.removeAll(keepingCapacityUpTo: ServerCore.keptRequestBytes)
        metadataStore.removeAll()
        deadline = .never
        answerEncoding = .identity
        state.withLock { $0 = State() }
        if cancellation.isCancelled || !isKnownUniquelyReferenced(&cancellation) { cancellation = CancellationFlag() }
    }

    private func releaseResources() {
        endWork()
        if requestBytes > 0 { giveRequestBytes(requestBytes) }
    }
}
