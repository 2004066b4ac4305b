import ServingCore
import Testing

@testable import GRPC

@Suite struct CallStateTests {
    private func dispatched() -> CallState {
        var state = CallState()
        _ = state.messageBegins()
        _ = state.requestEnds(isBetweenMessages: true)
        return state
    }

    @Test func oneMessageAndTheEndAreDispatched() {
        var state = CallState()
        #expect(state.messageBegins() == nil)
        #expect(state.requestEnds(isBetweenMessages: true) == .dispatch)
        #expect(state.phase == .dispatched)
    }

    @Test func requestsThatAreNotOneMessageFail() {
        var second = CallState()
        _ = second.messageBegins()
        #expect(second.messageBegins()?.code == .internalError)
        var none = CallState()
        #expect(none.requestEnds(isBetweenMessages: true) != .dispatch)
        var partial = CallState()
        _ = partial.messageBegins()
        #expect(partial.requestEnds(isBetweenMessages: false) != .dispatch)
    }

    @Test func headersGoBeforeTheFirstMessageOnly() {
        var state = dispatched()
        #expect(state.messageIsSent() == .withHeaders)
        #expect(state.messageIsSent() == .withoutHeaders)
        #expect(state.answerEnds() == .withoutHeaders)
        #expect(state.phase == .answered)
    }

    @Test func nothingIsSentAfterTheEnd() {
        var state = dispatched()
        #expect(state.answerEnds() == .withHeaders)
        #expect(state.messageIsSent() == .tooLate)
        #expect(state.answerEnds() == .tooLate)
    }

    @Test func anEarlyAnswerStopsTheRequest() {
        var state = CallState()
        #expect(state.answerEnds() == .withHeaders)
        #expect(!state.isReceiving)
        #expect(state.requestEnds(isBetweenMessages: true) == .ignore)
    }

    @Test func onlyUnansweredWorkIsCancelled() {
        var receiving = CallState()
        #expect(receiving.streamCloses() == false)
        var working = dispatched()
        #expect(working.streamCloses() == true)
        #expect(working.answerEnds() == .tooLate)
        var answered = dispatched()
        _ = answered.answerEnds()
        #expect(answered.streamCloses() == false)
        var streaming = dispatched()
        _ = streaming.messageIsSent()
        #expect(streaming.streamCloses() == true)
    }
}
