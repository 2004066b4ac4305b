import ServingCore
import Testing

@testable import Services

@Test func requestsThatWaitAreBoundedTogether() {
    let bytes = QueuedBytes(limit: 100)
    // Nobody else waits.
    #expect(bytes.take(500) == nil)
    #expect(bytes.take(1)?.code == .resourceExhausted)
    bytes.give(500)
    #expect(bytes.take(60) == nil && bytes.take(40) == nil)
    #expect(
        bytes.take(1)
            == .resourceExhausted(
                "Requests of 100 bytes wait in the batch queues; with another one of 1 bytes they would take more than the "
                    + "100 bytes that this server has for them"))
    bytes.give(40)
    #expect(bytes.take(40) == nil)
}
