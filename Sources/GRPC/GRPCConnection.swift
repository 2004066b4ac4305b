import Transports

/// The calls of one connection; confined to its loop.
final class GRPCConnection: HTTP2ConnectionHandler {
    let server: ServerCore
    let work: WorkGauge
    let requestBudget: MemoryBudget
    private let loop: EventLoop
    private var idle: [CallStream] = []
    /// Calls whose request is held back, in the order in which that happened.
    private var held: [CallStream] = []
    /// The one call that receives while memory is tight, so that there is always one that can be completed.
    private var preferred: CallStream?
    /// Calls that could stand for ever.
    private var standing: [ObjectIdentifier: CallStream] = [:]
    private var isDraining = false

    private static let maxIdle = 128

    init(server: ServerCore, loop: EventLoop) {
        self.server = server
        work = WorkGauge(limit: server.options.maxConcurrentCallsPerConnection)
        requestBudget = MemoryBudget(limit: server.options.maxBufferedRequestBytesPerConnection)
        self.loop = loop
    }

    func makeHandler(for stream: HTTP2Stream) -> any HTTP2StreamHandler {
        let call = idle.popLast() ?? CallStream(connection: self, loop: loop)
        call.begin(on: stream)
        return call
    }

    /// Takes back what `makeHandler` gave.
    func giveBack(_ call: CallStream) {
        if idle.count < GRPCConnection.maxIdle { idle.append(call) }
        resumeHeld()
    }

    // MARK: Holding back

    private var isTight: Bool { requestBudget.bytesInUse > server.options.eagerRequestBytesPerConnection }

    /// True if the peer may go on sending the request of `call` at once; otherwise the call is held back.
    func mayReceive(_ call: CallStream) -> Bool {
        guard isTight else { return true }
        if preferred == nil { preferred = call }
        if preferred === call { return true }
        if !call.isHeld {
            call.isHeld = true
            held.append(call)
        }
        return false
    }

    /// The request of `call` is complete, or nobody wants the rest of it.
    func endsReceiving(_ call: CallStream) {
        if preferred === call { preferred = nil }
        if call.isHeld {
            call.isHeld = false
            held.removeAll { $0 === call }
        }
        resumeHeld()
    }

    private func resumeHeld() {
        while !held.isEmpty, preferred == nil || !isTight {
            let call = held.removeFirst()
            call.isHeld = false
            if isTight { preferred = call }
            call.resumeReceiving()
        }
    }

    // MARK: Draining

    /// Notes a call that could stand for ever; false if the server drains and has no time for such calls.
    func beginsStanding(_ call: CallStream) -> Bool {
        guard !isDraining else { return false }
        standing[ObjectIdentifier(call)] = call
        return true
    }

    func endsStanding(_ call: CallStream) {
        if !standing.isEmpty { standing[ObjectIdentifier(call)] = nil }
    }

    func serverDrains() {
        isDraining = true
        let calls = standing.values
        standing = [:]
        for call in calls { call.endForShutdown() }
    }

    func connectionClosed() {
        idle = []
        held = []
        preferred = nil
        standing = [:]
    }
}
