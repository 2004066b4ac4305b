/// First in, first out, without moving the elements.
struct Ring<Element> {
    private var storage: [Element?] = []
    private var head = 0
    private(set) var count = 0

    /// Room beyond this many elements is given back when it is not needed any more.
    private static var keptCapacity: Int { 64 }

    var isEmpty: Bool { count == 0 }
    var first: Element? { count == 0 ? nil : storage[head] }

    /// The element that comes out after `index` others.
    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "no such element")
        return storage[(head + index) & (storage.count - 1)]!
    }

    mutating func append(_ element: Element) {
        if count == storage.count { resize(to: max(8, count * 2)) }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        if storage.count > Ring.keptCapacity, count * 8 <= storage.count { resize(to: storage.count / 4) }
        return element
    }

    /// - Parameter capacity: a power of two, at least `count`.
    private mutating func resize(to capacity: Int) {
        var larger: [Element?] = []
        larger.reserveCapacity(capacity)
        for index in 0..<count { larger.append(storage[(head + index) & (storage.count - 1)].take()) }
        for _ in count..<capacity { larger.append(nil) }
        storage = larger
        head = 0
    }
}
