import ServingCore
import Testing

@testable import Services

@Suite struct RecentErrorsTests {
    @Test func oldestAreForgotten() {
        let errors = RecentErrors(limit: 3)
        for index in 0..<5 { errors.keep(.notFound("number \(index)"), model: "m", .predict, .grpc) }
        #expect(errors.all.map(\.message) == ["number 2", "number 3", "number 4"])
        #expect(errors.all.allSatisfy { $0.milliseconds > 1_600_000_000_000 && $0.code == .notFound })
    }

    @Test func longTextsAreCut() {
        let errors = RecentErrors()
        let long = String(repeating: "x", count: 100_000)
        errors.keep(.internalError(long), model: long, .classify, .rest)
        #expect(errors.all[0].message.count == 1000)
        #expect(errors.all[0].model.count == 1000)
    }
}
