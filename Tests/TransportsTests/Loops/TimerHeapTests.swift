import ServingCore
import Testing

@testable import Transports

private final class Target: TimerTarget {
    func timerFired(_ timer: LoopTimer) {}
}

private func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

@Suite struct TimerHeapTests {
    @Test func timersComeInOrderOfTheirInstants() {
        let target = Target()
        var heap = TimerHeap()
        let instants: [UInt64] = [50, 10, 40, 30, 20, 10, 60]
        let timers = instants.map { instant in
            let timer = LoopTimer(target: target)
            heap.schedule(timer, at: at(instant))
            return timer
        }
        #expect(heap.earliest == at(10))
        var popped: [UInt64] = []
        while let timer = heap.popDue(at: at(100)) { popped.append(timer.instant.nanoseconds) }
        #expect(popped == instants.sorted())
        #expect(timers.allSatisfy { !$0.isScheduled })
    }

    @Test func nothingIsDueBeforeItsInstant() {
        let target = Target()
        var heap = TimerHeap()
        let timer = LoopTimer(target: target)
        heap.schedule(timer, at: at(10))
        #expect(heap.popDue(at: at(9)) == nil)
        #expect(heap.popDue(at: at(10)) === timer)
    }

    @Test func removedTimersNeverCome() {
        let target = Target()
        var heap = TimerHeap()
        var timers: [LoopTimer] = []
        for index in 0..<200 {
            let timer = LoopTimer(target: target)
            timers.append(timer)
            heap.schedule(timer, at: at(UInt64(index * 7919 % 200)))
        }
        for index in stride(from: 0, to: 200, by: 3) { heap.remove(timers[index]) }
        heap.remove(timers[0])
        var popped: [UInt64] = []
        while let timer = heap.popDue(at: at(1000)) { popped.append(timer.instant.nanoseconds) }
        let expected = (0..<200).filter { $0 % 3 != 0 }.map { UInt64($0 * 7919 % 200) }.sorted()
        #expect(popped == expected)
    }

    @Test func schedulingAgainMovesATimer() {
        let target = Target()
        var heap = TimerHeap()
        let a = LoopTimer(target: target)
        let b = LoopTimer(target: target)
        heap.schedule(a, at: at(10))
        heap.schedule(b, at: at(20))
        heap.schedule(a, at: at(30))
        #expect(heap.count == 2)
        #expect(heap.popDue(at: at(100)) === b)
        #expect(heap.popDue(at: at(100)) === a)
    }
}
