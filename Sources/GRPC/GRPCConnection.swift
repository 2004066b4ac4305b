import Transports

/// The calls of one connection; confined to its loop.
final class GRPCConnection: HTTP2ConnectionHandler {
    let server: ServerCore
    let work: WorkGauge
    let requestBudget: MemoryBudget
    private let loop: EventLoop
    private var idle: [CallStream] = []

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
    }

    func connectionClosed() { idle = [] }
}
