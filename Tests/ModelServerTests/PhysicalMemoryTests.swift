import Testing

@testable import ModelServer

@Suite struct PhysicalMemoryTests {
    @Test func limitOfAContainerIsANumberOrThereIsNone() {
        #expect(PhysicalMemory.parse(limit: "536870912\n") == 536_870_912)
        #expect(PhysicalMemory.parse(limit: "max\n") == nil)
        #expect(PhysicalMemory.parse(limit: "0\n") == nil)
        #expect(PhysicalMemory.parse(limit: "99999999999999999999\n") == nil)
        #expect(PhysicalMemory.byteCount > 1 << 20)
    }
}
