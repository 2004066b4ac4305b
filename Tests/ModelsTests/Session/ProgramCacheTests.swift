import TestSupport
import Testing

@testable import Models

@Suite struct ProgramCacheTests {
    @Test func whatWasNotUsedForTheLongestTimeGoesFirst() {
        var cache = ProgramCache<String, Int>(capacity: 2, costLimit: 100)
        #expect(cache.insert(1, for: "a", cost: 1).isEmpty)
        #expect(cache.insert(2, for: "b", cost: 1).isEmpty)
        #expect(cache.value(for: "a") == 1)
        #expect(cache.insert(3, for: "c", cost: 1) == [2])
        #expect(cache.value(for: "b") == nil)
        #expect(cache.value(for: "a") == 1)
        #expect(cache.value(for: "c") == 3)
    }

    @Test func costlyEntriesMakeOthersGo() {
        var cache = ProgramCache<Int, Int>(capacity: 10, costLimit: 100)
        for key in 0..<4 { _ = cache.insert(key, for: key, cost: 25) }
        #expect(cache.cost == 100)
        #expect(cache.insert(4, for: 4, cost: 60) == [0, 1, 2])
        #expect(cache.cost == 85)
    }

    @Test func oneEntryMayCostMoreThanAllMay() {
        var cache = ProgramCache<Int, Int>(capacity: 10, costLimit: 100)
        _ = cache.insert(1, for: 1, cost: 10)
        #expect(cache.insert(2, for: 2, cost: .max) == [1])
        #expect(cache.value(for: 2) == 2)
        #expect(cache.insert(3, for: 3, cost: 1) == [2])
        #expect(cache.cost == 1)
    }

    @Test func aNewValueTakesThePlaceOfTheOld() {
        var cache = ProgramCache<Int, Int>(capacity: 2, costLimit: 100)
        _ = cache.insert(1, for: 7, cost: 30)
        #expect(cache.insert(2, for: 7, cost: 40) == [1])
        #expect(cache.value(for: 7) == 2)
        #expect((cache.count, cache.cost) == (1, 40))
    }

    @Test func limitsHoldWhateverHappens() {
        var random = Seeded(state: 11)
        for _ in 0..<20 {
            let capacity = Int.random(in: 1...8, using: &random)
            let limit = Int.random(in: 1...50, using: &random)
            var cache = ProgramCache<Int, Int>(capacity: capacity, costLimit: limit)
            var held: Set<Int> = []
            for value in 0..<300 {
                let key = Int.random(in: 0..<12, using: &random)
                if Bool.random(using: &random) {
                    let found = cache.value(for: key)
                    #expect(found.map { held.contains($0) } ?? true)
                } else {
                    let gone = cache.insert(value, for: key, cost: Int.random(in: -5...60, using: &random))
                    #expect(held.isSuperset(of: gone))
                    held.subtract(gone)
                    held.insert(value)
                    #expect(cache.value(for: key) == value)
                }
                #expect(cache.count == held.count && cache.count <= capacity)
                #expect((0...limit).contains(cache.cost))
            }
        }
    }
}
