/// Events in the order of their times, equal ones in the order in which they were added.
struct EventHeap<Event> {
    private var heap: [(time: UInt64, number: Int, event: Event)] = []
    private var count = 0

    var first: (time: UInt64, event: Event)? { heap.first.map { ($0.time, $0.event) } }

    mutating func add(_ event: Event, at time: UInt64) {
        count += 1
        heap.append((time, count, event))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: isBefore), isBefore(least, parent) else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        (heap[a].time, heap[a].number) < (heap[b].time, heap[b].number)
    }
}
