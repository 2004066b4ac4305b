import ServingCore

/// Who has made a call: it keeps the call's message valid, and takes the answer.
public protocol ServiceCaller: AnyObject, Sendable {
    /// Takes the answer, an encoded message or an error; called exactly once, on any thread.
    /// - Parameters:
    ///   - facts: what is known of how it came about.
    ///   - preferences: those of the call.
    func take(_ result: Result<WireAnswer, Status>, _ facts: ServingFacts?, _ preferences: AnswerPreferences)
}

/// One call as the services see it, whatever it came in by.
public struct ServiceCall: @unchecked Sendable {  // the message is never written while the owner lives
    /// The request message.
    public let message: UnsafeRawBufferPointer
    /// Keeps `message` valid.
    public let owner: AnyObject & Sendable
    public let deadline: Deadline
    public let cancellation: CancellationFlag?
    /// What the client wants its answer to be like.
    public let preferences: AnswerPreferences
    private let monitor: CallMonitor?
    private let caller: any ServiceCaller

    /// - Parameters:
    ///   - message: valid as long as `caller`.
    ///   - monitor: counts the call; nil: it is not counted.
    public init(
        message: UnsafeRawBufferPointer, caller: any ServiceCaller, deadline: Deadline,
        cancellation: CancellationFlag?, preferences: AnswerPreferences = AnswerPreferences(),
        monitor: CallMonitor? = nil
    ) {
        self.init(message, caller, caller, deadline, cancellation, preferences, monitor)
    }

    /// Takes the answer, an encoded message or an error, and what is known of how it came about.
    public typealias Completion = @Sendable (Result<WireAnswer, Status>, ServingFacts?) -> Void

    /// - Parameters:
    ///   - message: valid as long as `owner`.
    ///   - monitor: counts the call; nil: it is not counted.
    ///   - complete: called exactly once, on any thread.
    public init(
        message: UnsafeRawBufferPointer, owner: AnyObject & Sendable, deadline: Deadline,
        cancellation: CancellationFlag?, preferences: AnswerPreferences = AnswerPreferences(),
        monitor: CallMonitor? = nil, complete: @escaping Completion
    ) {
        self.init(message, owner, ClosureCaller(complete), deadline, cancellation, preferences, monitor)
    }

    private init(
        _ message: UnsafeRawBufferPointer, _ owner: AnyObject & Sendable, _ caller: any ServiceCaller,
        _ deadline: Deadline, _ cancellation: CancellationFlag?, _ preferences: AnswerPreferences,
        _ monitor: CallMonitor?
    ) {
        self.message = message
        self.owner = owner
        self.caller = caller
        self.deadline = deadline
        self.cancellation = cancellation
        self.preferences = preferences
        self.monitor = monitor
    }

    /// Answers the call; to be called exactly once.
    /// - Parameter facts: nil if the call never got as far as to a version of a model.
    func complete(_ result: Result<WireAnswer, Status>, _ facts: ServingFacts? = nil) {
        if let monitor {
            var code = StatusCode.ok
            var byteCount: Int?
            switch result {
            case .success(let answer): byteCount = answer.byteCount
            case .failure(let status):
                code = status.code
                monitor.keep(status, facts)
            }
            monitor.end(code, facts, deadline: deadline, cancellation: cancellation, answerBytes: byteCount)
        }
        caller.take(result, facts, preferences)
    }
}

/// A caller that is nothing but what becomes of the answer.
private final class ClosureCaller: ServiceCaller {
    private let complete: ServiceCall.Completion

    init(_ complete: @escaping ServiceCall.Completion) { self.complete = complete }

    func take(_ result: Result<WireAnswer, Status>, _ facts: ServingFacts?, _: AnswerPreferences) {
        complete(result, facts)
    }
}
