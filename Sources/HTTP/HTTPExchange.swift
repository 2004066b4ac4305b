import ServingCore
import Synchronization

/// One request and the way back to who sent it. Everything may be used from any thread.
public final class HTTPExchange: Sendable {
    public let request: HTTPRequest
    /// When the first byte of the request was seen.
    public let arrival: Instant
    /// When an answer comes too late; `never` if the server has no limit.
    public let deadline: Deadline
    /// Is set when the client has gone away.
    public let cancellation: CancellationFlag
    private let send: @Sendable (HTTPResponse) -> Void
    private let isAnswered = Atomic<Bool>(false)

    /// - Parameter send: sends the answer; called once, on any thread.
    public init(
        _ request: HTTPRequest, arrival: Instant, deadline: Deadline = .never,
        cancellation: CancellationFlag = CancellationFlag(), send: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        self.request = request
        self.arrival = arrival
        self.deadline = deadline
        self.cancellation = cancellation
        self.send = send
    }

    /// A handler that forgets a request leaves nobody waiting.
    deinit { respond(HTTPRefusal.unanswered.response) }

    /// Answers the request; to be called exactly once, later calls do nothing.
    public func respond(_ response: HTTPResponse) {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return }
        send(response)
    }
}

/// What answers requests: it is called on a thread of the server, returns soon, and answers then or later.
public typealias HTTPHandler = @Sendable (HTTPExchange) -> Void
