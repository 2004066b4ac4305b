import Synchronization
import Testing

@testable import Threading

@Suite struct BriefThreadsTests {
    @Test(arguments: [0, 1, 2, 7])
    func eachNumberIsSeenOnce(threads: Int) {
        let seen = Mutex([Int](repeating: 0, count: 1000))
        for count in [0, 1, 1000] {
            seen.withLock { $0 = [Int](repeating: 0, count: 1000) }
            BriefThreads(name: "brief", threadCount: threads).forEach(count) { index in
                seen.withLock { $0[index] += 1 }
            }
            let counts = seen.withLock { $0 }
            #expect(counts == (0..<1000).map { $0 < count ? 1 : 0 })
        }
    }

    @Test func severalWorkAtATime() {
        // Each waits until all have come.
        let present = ConditionLock(0)
        BriefThreads(name: "brief", threadCount: 3).forEach(3) { _ in
            present.withLockNotifyingAll { $0 += 1 }
            present.wait { $0 == 3 ? () : nil }
        }
        let count = present.withLock { $0 }
        #expect(count == 3)
    }
}
