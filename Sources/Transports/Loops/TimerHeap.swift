import ServingCore

/// One instant at which a loop calls `target`; can be scheduled again and again without allocating.
///
/// Confined to the loop that it is scheduled on.
package final class LoopTimer {
    /// Not retained: the owner of a timer is usually its target, and cancels it before going away.
    package unowned let target: any TimerTarget
    package fileprivate(set) var instant = Instant(nanoseconds: .max)
    /// The place in the heap, or -1.
    fileprivate var index = -1

    package init(target: any TimerTarget) { self.target = target }

    package var isScheduled: Bool { index >= 0 }
}

/// Timers in a binary heap, the earliest first. A timer knows its place, so removing one needs no search.
struct TimerHeap {
    private var timers: [LoopTimer] = []

    var count: Int { timers.count }

    /// The instant of the earliest timer.
    var earliest: Instant? { timers.first?.instant }

    /// Schedules `timer`, or moves it if it is already scheduled here.
    mutating func schedule(_ timer: LoopTimer, at instant: Instant) {
        if timer.index >= 0 { remove(timer) }
        timer.instant = instant
        timer.index = timers.count
        timers.append(timer)
        siftUp(from: timer.index)
    }

    /// Takes `timer` out; nothing happens if it is not scheduled.
    mutating func remove(_ timer: LoopTimer) {
        let index = timer.index
        guard index >= 0 else { return }
        timer.index = -1
        let last = timers.removeLast()
        guard index < timers.count else { return }
        timers[index] = last
        last.index = index
        siftUp(from: index)
        siftDown(from: last.index)
    }

    /// Takes out the earliest timer if its instant is not later than `now`.
    mutating func popDue(at now: Instant) -> LoopTimer? {
        guard let first = timers.first, first.instant <= now else { return nil }
        remove(first)
        return first
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard timers[index].instant < timers[parent].instant else { return }
            exchange(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < timers.count else { return }
            var smallest = left
            if left + 1 < timers.count, timers[left + 1].instant < timers[left].instant { smallest = left + 1 }
            guard timers[smallest].instant < timers[index].instant else { return }
            exchange(index, smallest)
            index = smallest
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        timers.swapAt(a, b)
        timers[a].index = a
        timers[b].index = b
    }
}
