import GRPC
import Testing

@testable import ModelServer

@Suite struct PhysicalMemoryTests {
    @Test func limitOfAContainerIsANumberOrThereIsNone() {
        #expect(MemoryGroup.parse(limit: "536870912\n") == 536_870_912)
        #expect(MemoryGroup.parse(limit: "max\n") == nil)
        #expect(MemoryGroup.parse(limit: "0\n") == nil)
        #expect(MemoryGroup.parse(limit: "99999999999999999999\n") == nil)
        #expect(PhysicalMemory.byteCount > 1 << 20)
    }

    @Test func allGroupsAroundTheProcessCount() {
        let both = "4:cpu,memory:/pods/one\n3:cpuset:/\n0::/system.slice/server.service\n"
        #expect(MemoryGroup.paths(membership: both, isSecondVersion: false) == ["", "/pods", "/pods/one"])
        #expect(
            MemoryGroup.paths(membership: both, isSecondVersion: true)
                == ["", "/system.slice", "/system.slice/server.service"])
        #expect(MemoryGroup.paths(membership: "0::/\n", isSecondVersion: true) == [""])
        #expect(MemoryGroup.paths(membership: "0::/../other\nnonsense", isSecondVersion: true) == ["", "/other"])
    }

    @Test func pageCacheThatNobodyHasMappedCanBeTakenBack() {
        let second = "anon 500\nfile 1000\nshmem 100\nfile_mapped 300\nactive_file 7\n"
        #expect(MemoryGroup.parseReclaimable(second) == 600)
        let first = "cache 1\nshmem 1\nmapped_file 1\ntotal_cache 900\ntotal_shmem 100\ntotal_mapped_file 50\n"
        #expect(MemoryGroup.parseReclaimable(first) == 750)
        #expect(MemoryGroup.parseReclaimable("file 5\nshmem 9\n") == 0)
        #expect(MemoryGroup.parseReclaimable("") == 0)
    }

    @Test func linesOfSystemFilesHaveNamesWithOrWithoutColon() {
        let text = "MemTotal:       24684084 kB\nMemAvailable:   23525000 kB\nfile 12\n"
        #expect(SystemFile.number("MemAvailable", in: text) == 23_525_000)
        #expect(SystemFile.number("file", in: text) == 12)
        #expect(SystemFile.number("Mem", in: text) == nil)
    }

    @Test func headroomIsNoMoreThanTheLimit() throws {
        let headroom = try #require(PhysicalMemory.headroom)
        #expect(headroom.available > 0 && headroom.available <= headroom.limit)
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
