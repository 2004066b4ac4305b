import Servables
import ServingCore
import Synchronization
import Testing
import Threading

@testable import Models

@Suite struct LoadAdmissionTests {
    private let id = ServableID(name: "m", version: 3)
    private let megabyte = 1 << 20

    private func headroom(_ megabytes: Int) -> MemoryHeadroom {
        MemoryHeadroom(available: megabytes * megabyte, limit: 1000 * megabyte)
    }

    private func files(_ megabytes: Int, graph: Int = 0) -> LoadAdmission.Files {
        LoadAdmission.Files(byteCount: megabytes * megabyte, graphByteCount: graph * megabyte)
    }

    @Test func graphsCountTwice() {
        #expect(files(80).neededBytes == 106 * megabyte)
        #expect(files(80, graph: 80).neededBytes == 196 * megabyte)
    }

    @Test func whatFitsIsAdmitted() throws {
        let admission = LoadAdmission { headroom(200) }
        #expect(try admission.admit(id, files(100)) { 5 } == 5)
    }

    @Test func whatDoesNotFitIsRefusedWithAllNumbers() throws {
        let admission = LoadAdmission { headroom(100) }
        let refused = try #require(
            failure { () throws(Status) in try admission.admit(id, files(96)) {} })
        #expect(refused.code == .resourceExhausted)
        #expect(
            refused.message
                == "Loading {name: m version: 3} needs about 130023424 bytes of memory for its files of 100663296 bytes; "
                + "104857600 bytes are available, of 1048576000 that this process may use")
    }

    @Test func nothingIsRefusedWhereTheSystemDoesNotTell() throws {
        #expect(
            try LoadAdmission { nil }.admit(id, LoadAdmission.Files(byteCount: .max, graphByteCount: .max)) { true })
    }

    @Test func absurdSizesAreRefused() {
        let admission = LoadAdmission { headroom(100) }
        #expect(
            failure { () throws(Status) in
                try admission.admit(id, LoadAdmission.Files(byteCount: .max, graphByteCount: .max)) {}
            } != nil)
    }

    @Test func aFailedLoadGivesItsPromiseBack() throws {
        let admission = LoadAdmission { headroom(150) }
        for _ in 0..<3 {
            let failed = failure { () throws(Status) in
                try admission.admit(id, files(100)) { () throws(Status) in throw .dataLoss("broken") }
            }
            #expect(failed?.code == .dataLoss)
        }
    }

    @Test func loadsThatDoNotFitTogetherWaitForEachOther() {
        var promises = LoadAdmission.Promises()
        #expect(promises.ask(60 * megabyte, headroom(150)) == .granted)
        // The first has taken its memory by now, which must not count twice against the second for good.
        #expect(promises.ask(60 * megabyte, headroom(50)) == .wait)
        promises.end(60 * megabyte)
        #expect(promises.ask(60 * megabyte, headroom(90)) == .granted)
    }

    @Test func smallLoadsGoOnBesideLargeOnes() {
        var promises = LoadAdmission.Promises()
        #expect(promises.ask(60 * megabyte, headroom(150)) == .granted)
        #expect(promises.ask(1 * megabyte, headroom(150)) == .granted)
    }

    @Test func concurrentLoadsNeverHoldMoreThanThereIs() {
        let usage = Usage()
        let admission = LoadAdmission {
            MemoryHeadroom(available: (300 << 20) - usage.bytes.load(ordering: .relaxed), limit: 300 << 20)
        }
        let threads = (0..<6).map { index in
            Thread(name: "load-\(index)") {
                for _ in 0..<50 {
                    let size = (20 + 15 * index) << 20
                    _ = try? admission.admit(id, LoadAdmission.Files(byteCount: size, graphByteCount: 0)) {
                        usage.take(size)
                        usage.give(size)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(usage.most.load(ordering: .relaxed) <= 300 << 20)
        #expect(usage.most.load(ordering: .relaxed) > 0)
    }

    private final class Usage: Sendable {
        let bytes = Atomic<Int>(0)
        let most = Atomic<Int>(0)

        func take(_ count: Int) {
            let now = bytes.add(count, ordering: .relaxed).newValue
            _ = most.max(now, ordering: .relaxed)
        }

        func give(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
    }
}
