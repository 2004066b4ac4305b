import Testing

@testable import Services

@Suite struct SpareArrayTests {
    private final class Witness {}

    private func address<Element>(_ array: [Element]) -> UnsafeRawPointer? {
        array.withUnsafeBytes { $0.baseAddress }
    }

    @Test func memoryIsUsedAgain() {
        var spare = SpareArray<Int>()
        var array = spare.take()
        array.append(contentsOf: 1...5)
        let first = address(array)
        spare.give(consume array)
        var next = spare.take()
        #expect(next.isEmpty && next.capacity >= 5)
        next.append(6)
        #expect(address(next) == first)
    }

    @Test func elementsAreLetGo() {
        var spare = SpareArray<Witness>()
        weak var witness: Witness?
        var array = spare.take()
        let object = Witness()
        witness = object
        array.append(object)
        _ = consume object
        spare.give(consume array)
        #expect(witness == nil)
    }

    @Test func arrayTakenTwiceIsANewOne() {
        var spare = SpareArray<Int>()
        spare.give([1, 2, 3])
        let first = spare.take()
        let second = spare.take()
        #expect(first.capacity >= 3 && second.capacity == 0)
    }

    @Test func longArraysAreNotKept() {
        var spare = SpareArray<Int>()
        spare.give(Array(0..<1000))
        #expect(spare.take().capacity == 0)
    }
}
