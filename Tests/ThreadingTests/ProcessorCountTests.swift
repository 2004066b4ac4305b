import Testing

@testable import Threading

@Suite struct ProcessorCountTests {
    @Test func quotasAreRoundedUpToWholeProcessors() {
        #expect(ProcessorCount.parse(quotaLine: "50000 100000") == 1)
        #expect(ProcessorCount.parse(quotaLine: "200000 100000") == 2)
        #expect(ProcessorCount.parse(quotaLine: "250000 100000") == 3)
        #expect(ProcessorCount.parse(quotaLine: "max 100000") == nil)
        #expect(ProcessorCount.parse(quotaLine: "-1 100000") == nil)
        #expect(ProcessorCount.parse(quotaLine: "garbage") == nil)
    }

    @Test func atLeastOneProcessorIsAvailable() { #expect(ProcessorCount.available >= 1) }
}
