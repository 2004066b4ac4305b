import Testing
import Threading

private let millisecond: UInt64 = 1_000_000

@Test func timedWaitGivesUpAfterItsDeadline() {
    let lock = ConditionLock(0)
    let begin = SystemClock().nanoseconds()
    let result: Int? = lock.wait(untilNanoseconds: begin + 20 * millisecond) { $0 == 1 ? $0 : nil }
    let waited = SystemClock().nanoseconds() - begin
    #expect(result == nil)
    #expect(waited >= 20 * millisecond)
}

@Test func waitWithoutNeedReturnsAtOnce() {
    let lock = ConditionLock(5)
    #expect(lock.wait(untilNanoseconds: 0) { $0 } == 5)
    #expect(lock.wait { $0 } == 5)
}

@Test func waiterWakesWhenItIsNotified() {
    let lock = ConditionLock(0)
    let thread = Thread(name: "notifier") {
        for _ in 0..<3 { lock.withLockNotifyingAll { $0 += 1 } }
    }
    let far = SystemClock().nanoseconds() + 10_000 * millisecond
    #expect(lock.wait(untilNanoseconds: far) { $0 == 3 ? $0 : nil } == 3)
    thread.join()
}

@Test func farthestDeadlineIsNoDeadline() {
    let lock = ConditionLock(false)
    let thread = Thread(name: "notifier") { lock.withLockNotifyingOne { $0 = true } }
    #expect(lock.wait(untilNanoseconds: .max) { $0 ? $0 : nil } == true)
    thread.join()
}

@Test func lockExcludesOthers() {
    let lock = ConditionLock(0)
    let threads = (0..<4).map { _ in
        Thread(name: "adder") { for _ in 0..<10_000 { lock.withLock { $0 += 1 } } }
    }
    for thread in threads { thread.join() }
    #expect(lock.withLock { $0 } == 40_000)
}

@Test func errorsPassThroughAndReleaseTheLock() {
    struct Refused: Error {}
    let lock = ConditionLock(0)
    #expect(throws: Refused.self) { try lock.withLock { _ in throw Refused() } }
    #expect(lock.withLock { $0 } == 0)
}
