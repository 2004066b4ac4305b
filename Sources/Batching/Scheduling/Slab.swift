/// Elements with small numbers that stay the same until the element is removed; then the number may be used again.
struct Slab<Element> {
    private var storage: [Element?] = []
    private var free: [Int] = []

    var count: Int { storage.count - free.count }

    mutating func insert(_ element: Element) -> Int {
        if let index = free.popLast() {
            storage[index] = element
            return index
        }
        storage.append(element)
        return storage.count - 1
    }

    @discardableResult
    mutating func remove(at index: Int) -> Element {
        free.append(index)
        return storage[index].take()!
    }

    /// Whether there is an element of this number.
    func contains(_ index: Int) -> Bool { storage.indices.contains(index) && storage[index] != nil }

    subscript(index: Int) -> Element {
        get { storage[index]! }
        _modify { yield &storage[index]! }
    }
}
