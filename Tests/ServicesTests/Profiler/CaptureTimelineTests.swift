import Testing

@testable import Services

@Suite struct CaptureTimelineTests {
    private typealias Circumstances = CaptureTimeline.Circumstances

    @Test func captureRecordsForItsTimeAndEnds() {
        var timeline = CaptureTimeline(begin: 100, duration: 50, grace: 30)
        #expect(timeline.next(at: 10, .init()) == .wait(until: 100))
        #expect(timeline.next(at: 105, .init()) == .start)
        #expect(timeline.next(at: 105, .init()) == .wait(until: 155))
        #expect(timeline.next(at: 154, .init()) == .wait(until: 155))
        #expect(timeline.next(at: 155, .init()) == .close)
        #expect(timeline.next(at: 155, .init()) == .finish)
    }

    @Test func runsUnderWayAreWaitedForButNotForEver() {
        var timeline = CaptureTimeline(begin: 0, duration: 10, grace: 20_000_000)
        #expect(timeline.next(at: 0, .init()) == .start)
        #expect(timeline.next(at: 10, .init()) == .close)
        let busy = Circumstances(hasRunsUnderWay: true)
        #expect(timeline.next(at: 10, busy) == .wait(until: 5_000_010))
        #expect(timeline.next(at: 19_000_000, busy) == .wait(until: 20_000_010))
        var other = timeline
        #expect(other.next(at: 19_000_000, .init()) == .finish)
        #expect(timeline.next(at: 20_000_010, busy) == .finish)
    }

    @Test func captureThatMustEndAnswersAtOnce() {
        let told = Circumstances(mustEnd: true, hasRunsUnderWay: true)
        var recording = CaptureTimeline(begin: 0, duration: 1000, grace: 1000)
        #expect(recording.next(at: 0, .init()) == .start)
        #expect(recording.next(at: 1, told) == .close)
        #expect(recording.next(at: 1, told) == .finish)
        // Before it has begun, too; then there is nothing in it.
        var waiting = CaptureTimeline(begin: 500, duration: 1000, grace: 1000)
        #expect(waiting.next(at: 0, told) == .start)
        #expect(waiting.next(at: 0, told) == .close)
        #expect(waiting.next(at: 0, told) == .finish)
    }

    @Test func captureWithoutCallerIsAbandonedInEveryPhase() {
        for steps in 0..<4 {
            var timeline = CaptureTimeline(begin: 0, duration: 10, grace: 10)
            for _ in 0..<steps { _ = timeline.next(at: 100, .init()) }
            #expect(timeline.next(at: 100, .init(isAbandoned: true)) == .abandon)
        }
    }

    @Test func timesAtTheEndOfTheClockSaturate() {
        var timeline = CaptureTimeline(begin: .max - 1, duration: .max, grace: .max)
        #expect(timeline.next(at: .max - 1, .init()) == .start)
        #expect(timeline.next(at: .max - 1, .init()) == .wait(until: .max))
        #expect(timeline.next(at: .max, .init()) == .close)
        #expect(timeline.next(at: .max, .init(hasRunsUnderWay: true)) == .finish)
    }
}

@Suite struct CaptureDeskTests {
    @Test func thereIsOneCaptureAtATime() {
        var desk = CaptureDesk()
        #expect(desk.begin(session: "a") == .admitted)
        #expect(desk.begin(session: "b") == .busy)
        #expect(desk.begin(session: nil) == .busy)
        desk.end()
        #expect(desk.begin(session: nil) == .admitted)
    }

    @Test func sessionIsTerminatedByItsNameOnly() {
        var desk = CaptureDesk()
        desk.terminate(session: "a")
        #expect(desk.begin(session: "a") == .admitted && !desk.mustEnd)
        desk.terminate(session: "b")
        desk.terminate(session: "")
        #expect(!desk.mustEnd)
        desk.terminate(session: "a")
        #expect(desk.mustEnd)
        desk.end()
        #expect(desk.begin(session: "a") == .admitted && !desk.mustEnd)
    }

    @Test func captureWithoutSessionCannotBeTerminated() {
        var desk = CaptureDesk()
        #expect(desk.begin(session: nil) == .admitted)
        desk.terminate(session: "")
        #expect(!desk.mustEnd)
    }

    @Test func closedDeskEndsAndTakesNothing() {
        var desk = CaptureDesk()
        #expect(desk.begin(session: "a") == .admitted)
        desk.close()
        #expect(desk.mustEnd)
        desk.end()
        #expect(desk.begin(session: "a") == .closed)
    }
}
