import Testing

@testable import ModelServer

@Suite struct LoadScheduleTests {
    @Test func closedLoopKeepsItsNumberOfRequestsUnderWay() {
        var schedule = LoadSchedule(.closed, limit: 3, begin: 0, end: 100)
        #expect((0..<5).map { _ in schedule.takeDue(at: 10) } == [10, 10, 10, nil, nil])
        #expect(schedule.nextArrival == nil)
        schedule.requestEnded()
        #expect(schedule.takeDue(at: 20) == 20)
        #expect(schedule.takeDue(at: 20) == nil)
        schedule.requestEnded()
        #expect(schedule.takeDue(at: 100) == nil)
        #expect(schedule.underWay == 2)
    }

    @Test func evenArrivalsAreEquallyFarApart() {
        var schedule = LoadSchedule(
            .open(perSecond: 1000, isRandom: false), limit: 10, begin: 5_000_000, end: 1_000_000_000)
        #expect(schedule.nextArrival == 6_000_000)
        #expect(schedule.takeDue(at: 5_999_999) == nil)
        #expect(schedule.takeDue(at: 7_500_000) == 6_000_000)
        #expect(schedule.takeDue(at: 7_500_000) == 7_000_000)
        #expect(schedule.takeDue(at: 7_500_000) == nil)
        #expect(schedule.nextArrival == 8_000_000)
    }

    @Test func waitingForRoomCountsAsTimeOfTheRequest() {
        var schedule = LoadSchedule(.open(perSecond: 1000, isRandom: false), limit: 1, begin: 0, end: 1_000_000_000)
        #expect(schedule.takeDue(at: 1_000_000) == 1_000_000)
        #expect(schedule.takeDue(at: 9_000_000) == nil)
        #expect(schedule.nextArrival == nil)
        #expect(schedule.overdue(at: 9_000_000) == 7)
        schedule.requestEnded()
        #expect(schedule.takeDue(at: 9_000_000) == 2_000_000)
    }

    @Test func randomArrivalsHaveTheirRateAndSpread() {
        var schedule = LoadSchedule(
            .open(perSecond: 1000, isRandom: true), limit: .max, begin: 0, end: .max, seed: 7)
        var arrivals: [Double] = []
        while let instant = schedule.takeDue(at: 20_000_000_000) { arrivals.append(Double(instant)) }
        #expect(abs(Double(arrivals.count) - 20_000) < 600)
        let distances = zip(arrivals.dropFirst(), arrivals).map { $0 - $1 }
        let short = distances.filter { $0 < 1e6 }.count
        // Of exponential distances, 63 % are shorter than their mean.
        #expect(abs(Double(short) / Double(distances.count) - 0.632) < 0.02)
    }

    @Test func recordsCountWhatBelongsToTheTimeMeasured() {
        var record = LoadRecord(begin: 1_000, end: 2_000, intervals: 2)
        record.add(since: 900, end: 1_100, failure: nil)
        record.add(since: 1_000, end: 1_100, failure: nil)
        record.add(since: 1_400, end: 1_800, failure: nil)
        record.add(since: 1_900, end: 2_100, failure: nil)
        record.add(since: 1_200, end: 1_300, failure: "CANCELLED: x")
        #expect(record.times.count == 2 && record.times.total == 500)
        #expect(record.intervals.map(\.count) == [1, 1])
        #expect(record.failures == ["CANCELLED: x": 1] && record.failureCount == 1)
        #expect(record.rate == 2e6)
        for kind in 0..<30 { record.add(since: 1_200, end: 1_300, failure: "kind \(kind)") }
        #expect(record.failures.count == 11 && record.failures["others"] == 21)
        var sum = record
        sum.add(record)
        #expect(sum.times.count == 4 && sum.failureCount == 62 && sum.rate == 4e6)
    }

    @Test func argumentsAreChecked() throws {
        func read(_ arguments: String...) throws -> LoadArguments {
            try LoadArguments(try CommandArguments(arguments, LoadArguments.grammar))
        }
        let plain = try read("--server", "h:8500", "--model=m")
        #expect(plain.host == "h" && plain.port == 8500 && plain.mode == .closed && plain.concurrency == 1)
        let open = try read("--server=[::1]:1", "--model=m", "--rate=20", "--arrivals=even", "--connections=3")
        #expect(open.host == "::1" && open.mode == .open(perSecond: 20, isRandom: false) && open.concurrency == 1000)
        for wrong in [
            ["--server=h", "--model=m"], ["--server=h:0", "--model=m"], ["--server=h:99999", "--model=m"],
            ["--server=:1", "--model=m"], ["--server=h:1"], ["--server=h:1", "--model=m", "folder"],
            ["--server=h:1", "--model=m", "--arrivals=even"], ["--server=h:1", "--model=m", "--rate=0"],
            ["--server=h:1", "--model=m", "--rate=1", "--arrivals=odd"],
            ["--server=h:1", "--model=m", "--connections=4", "--concurrency=3"],
            ["--server=h:1", "--model=m", "--threads=2"],
        ] {
            #expect(throws: (any Error).self, "\(wrong)") {
                try LoadArguments(try CommandArguments(wrong, LoadArguments.grammar))
            }
        }
        #expect(LoadCommand.isMeant(by: ["--json", "--server=h:1"]) && LoadCommand.isMeant(by: ["-server", "h:1"]))
        #expect(!LoadCommand.isMeant(by: ["server", "--seconds=1"]))
    }
}
