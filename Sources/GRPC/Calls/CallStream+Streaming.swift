import ServingCore
import Transports

/// What a streaming call has beside a unary one.
struct StreamIntake {
    let receiver: any RequestReceiver
    let maxMessageBytes: Int
    /// Lets the messages go on after a pause.
    let wakeUp: LoopTimer
    /// Received, but kept back because the caller does not read what it is answered.
    private(set) var backlog = ByteBuffer()
    /// How much of the backlog has been used.
    private(set) var used = 0
    private(set) var isPaused = false
    private var hasPendingEnd = false

    init(receiver: any RequestReceiver, maxMessageBytes: Int, wakeUp: LoopTimer) {
        self.receiver = receiver
        self.maxMessageBytes = maxMessageBytes
        self.wakeUp = wakeUp
    }

    /// The request has ended; true if that is to be told later, behind the backlog.
    mutating func keepsEndBack() -> Bool {
        if isPaused { hasPendingEnd = true }
        return isPaused
    }

    /// Keeps `bytes` until the pause is over; false without memory.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isPaused = true
        return backlog.append(bytes)
    }

    mutating func use(_ count: Int) { used += count }

    /// The backlog is used up; true if the request has ended behind it.
    mutating func endPause() -> Bool {
        backlog.removeAll(keepingCapacityUpTo: 0)
        used = 0
        isPaused = false
        return hasPendingEnd
    }
}

extension CallStream {
    /// So many bytes of answers may wait for the caller to read them before it has to stop asking.
    private static let maxUnsentBytes = 256 << 10

    func open(_ handler: MethodRouter.StreamingHandler, maxMessageBytes: Int) {
        guard state.isReceiving else { return }
        guard connection.beginsStanding(self) else { return fail(CallStream.shuttingDown) }
        state.opens()
        intake = StreamIntake(
            receiver: handler(call), maxMessageBytes: maxMessageBytes, wakeUp: LoopTimer(target: self))
    }

    /// Takes a piece of the body; false if the caller has to wait.
    func receivedStreamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes
        let mustPause = intake?.isPaused == true || !passOn(&rest)
        guard mustPause, state.isReceiving else { return true }
        guard call.takeRequestBytes(rest.count), intake?.keep(rest) == true else {
            failForMemory()
            return true
        }
        return false
    }

    /// Uses `bytes`; false if too many answers are unread to go on.
    private func passOn(_ bytes: inout UnsafeRawBufferPointer) -> Bool {
        while state.isReceiving {
            if let stream, stream.unsentBytes > CallStream.maxUnsentBytes {
                stream.tellWhenSent()
                return false
            }
            guard takeStep(&bytes) else { return true }
        }
        return true
    }

    /// A message of a streaming call is complete.
    func passOnMessage() {
        let receiver = intake?.receiver
        receiver?.received(call.request.bytes)
        call.request.removeAll(keepingCapacityUpTo: ServerCore.keptRequestBytes)
        let kept = intake?.backlog.count ?? 0
        call.giveRequestBytes(call.requestBytes - kept)
    }

    func bodySent() {
        if let intake { loop.schedule(intake.wakeUp, at: loop.now) }
    }

    func resumeStreaming() {
        guard let backlog = intake?.backlog, let used = intake?.used, intake?.isPaused == true else { return }
        var rest = UnsafeRawBufferPointer(rebasing: backlog.bytes.dropFirst(used))
        let before = rest.count
        let isDone = passOn(&rest)
        intake?.use(before - rest.count)
        guard isDone, state.isReceiving else { return }
        call.giveRequestBytes(backlog.count)
        if intake?.endPause() == true { endRequest() }
        resumeReceiving()
    }
}
