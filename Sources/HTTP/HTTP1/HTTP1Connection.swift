import Glibc
import ServingCore
import Threading

/// One connection that libmicrohttpd serves, as its thread and the one that watches over all connections see it.
final class HTTP1Connection: @unchecked Sendable {  // `index` belongs to the server's list
    private let core: HTTPCore
    private let server: HTTP1Server
    private let state: ConditionLock<State>
    /// Valid until the library says that the connection has ended.
    let descriptor: Int32
    /// The place in the server's list of connections.
    var index = 0

    private struct State {
        var life: HTTP1Life
        var request: HTTP1Request?
    }

    init(descriptor: Int32, server: HTTP1Server) {
        self.descriptor = descriptor
        self.server = server
        core = server.core
        state = ConditionLock(State(life: HTTP1Life(at: server.core.now)))
    }

    // MARK: On the library's thread

    /// False if the connection has been given up.
    func update(_ change: (inout HTTP1Life) -> Void) -> Bool {
        state.withLock { state in
            change(&state.life)
            return state.life.phase != .ended
        }
    }

    /// A handler is about to get `request`.
    func handlingBegins(_ request: HTTP1Request, deadline: Deadline) -> Bool {
        let now = core.now
        return state.withLock { state in
            state.request = request
            state.life.handlingBegins(at: now, deadline: deadline)
            return state.life.phase != .ended
        }
    }

    func requestEnds() {
        let now = core.now
        state.withLock { state in
            state.request = nil
            state.life.requestEnds(at: now)
        }
    }

    /// Answers instead of a handler and gives the connection up; all earlier answers have been sent by now. The library
    /// closes the connection if its callback says so.
    func refuse(_ refusal: HTTPRefusal, withBody: Bool) {
        guard state.withLock({ HTTP1Connection.end(&$0) }) else { return }
        send(refusal, withBody: withBody)
    }

    // MARK: On the watching thread

    /// Does what has to be done if the connection is too slow.
    /// - Parameter looksAtAll: as for `HTTP1Life.verdict`.
    /// - Returns: true if it should be looked whether the client is still there.
    func watch(at now: Instant, looksAtAll: Bool) -> Bool {
        let (verdict, request) = state.withLock { state in
            let verdict = state.life.verdict(
                at: now, core.options.limits, isDraining: core.isDraining, looksAtAll: looksAtAll)
            switch verdict {
            case .close where state.life.phase == .answering, .refuse: state.life.end()
            default: break
            }
            return (verdict, state.request)
        }
        switch verdict {
        case .nothing: return false
        case .lookAtPeer: return request?.cancellation.isCancelled != true
        case .expire: request?.expire()
        case .close: cut()
        case .refuse(let refusal):
            send(refusal, withBody: true)
            cut()
        }
        return false
    }

    /// The client sends nothing more, and may have gone away.
    func peerHungUp() {
        var byte: UInt8 = 0
        let hasUnreadBytes = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
        let (farewell, request) = state.withLock { state in
            (state.life.peerHungUp(hasUnreadBytes: hasUnreadBytes), state.request)
        }
        switch farewell {
        case .nothing: break
        case .cancel: request?.cancellation.cancel()
        case .close: shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Answers what is still with a handler, and gives the connection up.
    func abandon() {
        let request = state.withLock { $0.life.phase == .handling ? $0.request : nil }
        if let request { request.abandon() } else { cut() }
    }

    /// Makes the library see the end of the stream. What was received before is still answered if nothing was on its way.
    private func cut() {
        let isIdle = state.withLock { $0.life.phase == .idle }
        shutdown(descriptor, Int32(isIdle ? SHUT_RD : SHUT_RDWR))
    }

    private static func end(_ state: inout State) -> Bool {
        guard state.life.phase != .ended else { return false }
        state.life.end()
        return true
    }

    private func send(_ refusal: HTTPRefusal, withBody: Bool) {
        var text = refusal.text(withBody: withBody)
        text.withUTF8 { bytes in
            _ = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        server.linger(descriptor)
    }
}
