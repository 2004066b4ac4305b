import GRPC
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

    @Test func buffersOfCallsFitIntoTheMemory() {
        let standard = GRPCServer.Options()
        let large = standard.fitting(memory: 64 << 30)
        #expect(large.maxBufferedRequestBytes == standard.maxBufferedRequestBytes)
        #expect(large.maxBufferedRequestBytesPerConnection == standard.maxBufferedRequestBytesPerConnection)
        #expect(large.maxBufferedAnswerBytesPerConnection == standard.maxBufferedAnswerBytesPerConnection)
        let small = standard.fitting(memory: 1 << 30)
        #expect(small.maxBufferedRequestBytes == 512 << 20)
        #expect(small.maxBufferedRequestBytesPerConnection == 384 << 20)
        #expect(small.eagerRequestBytesPerConnection == 128 << 20)
        #expect(small.maxBufferedAnswerBytes == 512 << 20)
        #expect(small.maxBufferedAnswerBytesPerConnection == 256 << 20)
    }
}
