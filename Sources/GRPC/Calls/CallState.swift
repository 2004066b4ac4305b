import ServingCore

/// Where a unary call stands: pure decisions, no input and no output.
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

    var isReceiving: Bool { phase == .receiving }

    /// A message begins in the request; a status if the call must fail for it.
    mutating func messageBegins() -> Status? {
        messageCount += 1
        guard messageCount == 1 else {
            return .internalError("a unary call takes one request message, got a second one")
        }
        return nil
    }

    /// The request is complete; `isBetweenMessages` tells whether it ended at the end of a message.
    mutating func requestEnds(isBetweenMessages: Bool) -> Decision {
        guard phase == .receiving else { return .ignore }
        guard isBetweenMessages else { return .fail(.internalError("the request ended within a message")) }
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
        return phase == .dispatched || phase == .answering
    }
}
