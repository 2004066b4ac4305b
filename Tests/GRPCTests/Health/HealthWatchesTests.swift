import ServingCore
import Testing

@testable import GRPC

@Suite struct HealthWatchesTests {
    private typealias News = HealthWatches.News

    private func news(_ watches: inout HealthWatches, _ statuses: [String: HealthStatus?]) -> [News] {
        watches.news(statuses)
    }

    @Test func aNewWatcherIsToldThePresentStatusOnce() throws {
        var watches = HealthWatches(limit: 10)
        let a = try watches.add("m")
        let b = try watches.add("nobody")
        #expect(Set(watches.watchedNames) == ["m", "nobody"])
        let first = news(&watches, ["m": .serving, "nobody": nil])
        #expect(first == [News(watch: a, status: .serving), News(watch: b, status: .serviceUnknown)])
        #expect(news(&watches, ["m": .serving, "nobody": nil]).isEmpty)
    }

    @Test func eachChangeIsToldToEachWatcherOfTheName() throws {
        var watches = HealthWatches(limit: 10)
        let a = try watches.add("m")
        _ = news(&watches, ["m": .serving])
        let b = try watches.add("m")
        #expect(news(&watches, ["m": .serving]) == [News(watch: b, status: .serving)])
        let both = news(&watches, ["m": .notServing])
        #expect(both == [News(watch: a, status: .notServing), News(watch: b, status: .notServing)])
        #expect(news(&watches, ["other": .serving]).isEmpty)
        #expect(news(&watches, ["m": nil]).map(\.status) == [.serviceUnknown, .serviceUnknown])
    }

    @Test func whoLeavesIsToldNothingAndMakesRoom() throws {
        var watches = HealthWatches(limit: 2)
        let a = try watches.add("m")
        _ = try watches.add("n")
        #expect(throws: Status(.resourceExhausted, "too many health watches: this server takes 2")) {
            try watches.add("m")
        }
        watches.remove(a)
        watches.remove(a)
        #expect(watches.watchedNames == ["n"] && watches.count == 1)
        #expect(news(&watches, ["m": .serving]).isEmpty)
        let c = try watches.add("m")
        #expect(c != a)
    }

    @Test func namesHaveALimit() throws {
        var watches = HealthWatches(limit: 2)
        #expect(throws: Status.self) { try watches.add(String(repeating: "x", count: 1025)) }
        _ = try watches.add(String(repeating: "x", count: 1024))
        #expect(watches.count == 1)
    }
}
