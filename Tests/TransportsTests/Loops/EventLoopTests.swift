import Glibc
import ServingCore
import Synchronization
import Testing
import Threading

@testable import Transports

/// Counts on the loop; says by a lock when a number is reached.
private final class CountingTask: LoopTask {
    let runs = ConditionLock(0)

    func runOnLoop() { runs.withLockNotifyingAll { $0 += 1 } }
}

private final class PipeReader: PollHandler {
    let descriptor: Int32
    let heard: ConditionLock<[UInt8]>

    init(descriptor: Int32, heard: ConditionLock<[UInt8]>) {
        self.descriptor = descriptor
        self.heard = heard
    }

    func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        var byte: UInt8 = 0
        guard read(descriptor, &byte, 1) == 1 else { return }
        heard.withLockNotifyingAll { $0.append(byte) }
    }
}

private final class TimerOwner: TimerTarget, @unchecked Sendable {  // its timer lives on the loop
    let fired = ConditionLock(0)
    lazy var timer = LoopTimer(target: self)

    func timerFired(_ timer: LoopTimer) { fired.withLockNotifyingAll { $0 += 1 } }
}

private let patience: UInt64 = 60_000_000_000

private func deadline() -> UInt64 { SystemClock().nanoseconds() + patience }

@Suite struct EventLoopTests {
    @Test func everyPostedTaskRunsOnTheLoop() throws {
        let loop = try EventLoop(name: "test")
        loop.start()
        let task = CountingTask()
        let senders = (0..<4).map { _ in
            Thread(name: "sender") { for _ in 0..<5_000 { loop.post(task) } }
        }
        for sender in senders { sender.join() }
        #expect(task.runs.wait(untilNanoseconds: deadline()) { $0 == 20_000 ? true : nil } == true)
        let isCurrent = ConditionLock<Bool?>(nil)
        loop.post { loop in isCurrent.withLockNotifyingAll { $0 = loop.isCurrent } }
        #expect(isCurrent.wait(untilNanoseconds: deadline()) { $0 } == true)
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test func tasksAfterTheEndAreDropped() throws {
        let loop = try EventLoop(name: "test")
        loop.start()
        loop.stop()
        let task = CountingTask()
        loop.post(task)
        #expect(task.runs.withLock { $0 } == 0)
    }

    @Test func readableDescriptorsAreReportedUntilTheyAreRemoved() throws {
        let loop = try EventLoop(name: "test")
        loop.start()
        defer { loop.stop() }
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        defer {
            close(input)
            close(output)
        }
        let heard = ConditionLock<[UInt8]>([])
        let isAdded = ConditionLock(false)
        loop.post { loop in
            try? loop.add(input, PipeReader(descriptor: input, heard: heard))
            isAdded.withLockNotifyingAll { $0 = true }
        }
        isAdded.wait { $0 ? () : nil }
        write(output, "ab", 2)
        #expect(heard.wait(untilNanoseconds: deadline()) { $0.count == 2 ? $0 : nil } == Array("ab".utf8))
        let isRemoved = ConditionLock(false)
        loop.post { loop in
            loop.remove(input)
            isRemoved.withLockNotifyingAll { $0 = true }
        }
        isRemoved.wait { $0 ? () : nil }
        write(output, "c", 1)
        usleep(20_000)
        #expect(heard.withLock { $0.count } == 2)
    }

    @Test func timersFireOnceAndNotWhenCancelled() throws {
        let loop = try EventLoop(name: "test")
        loop.start()
        let soon = TimerOwner()
        let never = TimerOwner()
        let start = SystemClock().nanoseconds()
        loop.post { loop in
            loop.schedule(soon.timer, at: Instant(nanoseconds: start + 20_000_000))
            loop.schedule(never.timer, at: Instant(nanoseconds: start + 10_000_000))
            loop.cancel(never.timer)
        }
        #expect(soon.fired.wait(untilNanoseconds: deadline()) { $0 == 1 ? true : nil } == true)
        #expect(SystemClock().nanoseconds() - start >= 20_000_000)
        loop.stop()
        #expect(never.fired.withLock { $0 } == 0)
        #expect(soon.fired.withLock { $0 } == 1)
    }
}
