import ServingCore

/// Where a call stands: pure decisions, no input and no output.
struct CallState {
    enum Phase: Equatable {
        /// Headers or the request message are still coming.
        case receiving
        /// The handler has the request.
        case dispatched
        /// The answer has begun: headers are out, messages and trailers may follow.
        case answering
        /// The answer is complete; whatever still comes from the peer is ignored.
        case answered
        /// The stream is gone.
        case closed
    }

    enum Decision: Equatable {
        case ignore
        case dispatch
        /// The handler of a streaming call is to be told that no more messages come.
        case endRequest
        case fail(Status)
    }

    /// How something is sent.
    enum SendStep: Equatable {
        /// It is the first, so the headers go before it.
        case withHeaders
        case withoutHeaders
        /// The answer is complete or nobody waits for it.
        case tooLate
    }

    private(set) var phase = Phase.receiving
    private var messageCount = 0
    /// Any number of messages may come, and answers go out meanwhile.
    private var isStreaming = false
    private var requestHasEnded = false

    var isReceiving: Bool { isStreaming ? isInProgress && !requestHasEnded : phase == .receiving }

    /// The handler works on the call.
    private var isInProgress: Bool { phase == .dispatched || phase == .answering }

    /// The handler gets the call before its messages.
    mutating func opens() {
        isStreaming = true
        phase = .dispatched
    }

    /// A message begins in the request; a status if the call must fail for it.
    mutating func messageBegins() -> Status? {
        guard !isStreaming else { return nil }
        messageCount += 1
        guard messageCount == 1 else {
            return .internalError("a unary call takes one request message, got a second one")
        }
        return nil
    }

    /// The request is complete; `isBetweenMessages` tells whether it ended at the end of a message.
    mutating func requestEnds(isBetweenMessages: Bool) -> Decision {
        guard isReceiving else { return .ignore }
        requestHasEnded = true
        guard isBetweenMessages else { return .fail(.internalError("the request ended within a message")) }
        guard !isStreaming else { return .endRequest }
        guard messageCount == 1 else {
            return .fail(.internalError("a unary call takes one request message, got none"))
        }
        phase = .dispatched
        return .dispatch
    }

    /// A message is to be sent.
    mutating func messageIsSent() -> SendStep {
        switch phase {
        case .receiving, .dispatched:
            phase = .answering
            return .withHeaders
        case .answering: return .withoutHeaders
        case .answered, .closed: return .tooLate
        }
    }

    /// The answer is to be finished.
    mutating func answerEnds() -> SendStep {
        switch phase {
        case .receiving, .dispatched:
            phase = .answered
            return .withHeaders
        case .answering:
            phase = .answered
            return .withoutHeaders
        case .answered, .closed: return .tooLate
        }
    }

    /// The stream is gone; true if somebody works on an answer that nobody will get.
    mutating func streamCloses() -> Bool {
        defer { phase = .closed }
        return isInProgress
    }
}
