import TestSupport
import Testing

@testable import GRPC

@Suite struct AnswerCompressionTests {
    private func encoding(
        _ policy: AnswerCompression.Policy, _ preference: AnswerCompression.Preference? = nil,
        enabled: MessageEncodings = .all, request: MessageEncoding = .identity, accepted: MessageEncodings = .all
    ) -> MessageEncoding {
        var compression = AnswerCompression()
        compression.policy = policy
        compression.preference = preference
        compression.enabled = enabled
        return compression.encoding(request: request, accepted: accepted)
    }

    @Test func mirroringTakesWhatTheRequestHas() {
        #expect(AnswerCompression().policy == .mirror)
        #expect(encoding(.mirror) == .identity)
        for request in MessageEncoding.allCases { #expect(encoding(.mirror, request: request) == request) }
        #expect(encoding(.mirror, request: .gzip, accepted: .deflate) == .identity)
        #expect(encoding(.mirror, enabled: .deflate, request: .gzip) == .identity)
    }

    @Test func alwaysMeansEveryClientThatAcceptsSomething() {
        #expect(encoding(.always) == .gzip)
        #expect(encoding(.always, request: .deflate) == .deflate)
        #expect(encoding(.always, accepted: .deflate) == .deflate)
        #expect(encoding(.always, accepted: []) == .identity)
        #expect(encoding(.always, enabled: []) == .identity)
    }

    @Test func neverGoesBeforeEverything() {
        #expect(encoding(.never, .encoding(.gzip), request: .gzip) == .identity)
    }

    @Test func preferencesGoBeforeWhatTheRequestHas() {
        #expect(encoding(.mirror, .encoding(.deflate)) == .deflate)
        #expect(encoding(.mirror, .encoding(.deflate), request: .gzip) == .deflate)
        #expect(encoding(.mirror, .encoding(.deflate), accepted: .gzip) == .identity)
        #expect(encoding(.mirror, .encoding(.identity), request: .gzip) == .gzip)
    }

    @Test(arguments: [(0, MessageEncoding.identity), (1, .gzip), (2, .deflate), (3, .deflate)])
    func levelsChooseAsInGRPC(_ level: Int, _ expected: MessageEncoding) {
        #expect(encoding(.mirror, .level(level)) == expected)
        let onlyGzip = encoding(.mirror, .level(level), accepted: .gzip)
        #expect(onlyGzip == (level == 0 ? .identity : .gzip))
    }

    private static let lists: [(String, MessageEncodings)] = [
        ("identity, deflate, gzip", .all), ("identity,deflate,gzip", .all), ("gzip", .gzip), (" deflate ", .deflate),
        ("identity", []), ("", []), (",, ,", []), ("gzipped, x-gzip,snappy , deflate", .deflate), ("GZIP", []),
    ]

    @Test(arguments: lists)
    func listsAreRead(_ list: String, _ expected: MessageEncodings) {
        let read = Array(list.utf8).withUnsafeBytes { MessageEncodings(list: $0) }
        #expect(read == expected)
    }
}
