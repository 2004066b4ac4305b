import Glibc
import Testing

@testable import ModelServer

@Suite struct SignalWatchTests {
    @Test func signalBeforeAnythingIsServedEndsAtOnce() {
        var course = SignalWatch.Course()
        #expect(course.receive(SIGTERM) == .endAtOnce)
        #expect(course.received == nil)
    }

    @Test func firstSignalBeginsTheEndAndTheSecondDoesNotWait() {
        var course = SignalWatch.Course()
        course.serves()
        #expect(course.receive(SIGTERM) == .beginEnding)
        #expect(course.received == SIGTERM)
        #expect(course.receive(SIGINT) == .abort)
        #expect(course.received == SIGTERM)
    }
}
