import Testing

@testable import Servables

@Test func latestTakesTheHighestNumbers() {
    #expect(VersionPolicy.latest(2).select(from: [3, 10, 7]) == [10, 7])
    #expect(VersionPolicy.latest(1).select(from: []) == [])
    #expect(VersionPolicy.latest(5).select(from: [1]) == [1])
}

@Test func latestOfNoneMeansOne() { #expect(VersionPolicy.latest(0).select(from: [1, 2]) == [2]) }

@Test func allTakesEveryVersion() { #expect(VersionPolicy.all.select(from: [1, 3, 2]) == [3, 2, 1]) }

@Test func specificTakesThoseThatExist() {
    let policy = VersionPolicy.specific([4, 1, 4, 9])
    #expect(policy.select(from: [1, 2, 4]) == [4, 1])
    #expect(policy.missing(from: [1, 2, 4]) == [9])
    #expect(VersionPolicy.all.missing(from: []) == [])
}
