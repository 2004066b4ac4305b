import GRPC
import Testing

@testable import ModelServer

@Suite struct ServerHealthTests {
    @Test func theServerServesFromTheFirstLoadsToTheEnd() {
        var course = ServerHealth.Course()
        #expect(course.server == .notServing)
        course.hasTriedModels = true
        #expect(course.server == .serving)
        course.isEnding = true
        #expect(course.server == .notServing)
    }

    @Test func aModelServesWhileOneOfItsVersionsDoes() {
        var course = ServerHealth.Course()
        #expect(course.model(isServed: true, isConfigured: true) == .serving)
        #expect(course.model(isServed: false, isConfigured: true) == .notServing)
        #expect(course.model(isServed: nil, isConfigured: true) == .notServing)
        #expect(course.model(isServed: true, isConfigured: false) == .serving)
        #expect(course.model(isServed: false, isConfigured: false) == .notServing)
        #expect(course.model(isServed: nil, isConfigured: false) == nil)
        course.isEnding = true
        #expect(course.model(isServed: true, isConfigured: true) == .notServing)
        #expect(course.model(isServed: nil, isConfigured: false) == nil)
    }
}
