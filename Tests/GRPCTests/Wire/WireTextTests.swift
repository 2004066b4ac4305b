import Testing

@testable import GRPC

private func timeout(_ text: String) -> UInt64? {
    Array(text.utf8).withUnsafeBytes { GRPCTimeout.nanoseconds($0) }
}

@Suite struct GRPCTimeoutTests {
    @Test func unitsAreThoseOfTheProtocol() {
        #expect(timeout("5n") == 5)
        #expect(timeout("5u") == 5_000)
        #expect(timeout("5m") == 5_000_000)
        #expect(timeout("5S") == 5_000_000_000)
        #expect(timeout("5M") == 300_000_000_000)
        #expect(timeout("5H") == 18_000_000_000_000)
        #expect(timeout("0n") == 0)
    }

    @Test func longTimesSaturate() {
        #expect(timeout("99999999H") == .max)
        #expect(timeout("999999999999999999n") == 999_999_999_999_999_999)
    }

    @Test(arguments: [
        "", "S", "1", "1x", "-1S", "+1S", "1 S", " 1S", "1.5S", "1SS", "1s", "9999999999999999999S", "\u{0}S",
    ])
    func anythingElseIsMalformed(_ text: String) {
        #expect(timeout(text) == nil)
    }
}

@Suite struct StatusMessageTests {
    @Test func longTextsAreCutAndMarked() {
        let exact = String(repeating: "a", count: 1024)
        #expect(StatusMessage.truncated(exact) == Array(exact.utf8))
        #expect(StatusMessage.truncated(exact + "b") == Array((exact + "...TRUNCATED").utf8))
    }

    @Test func whatIsNotPrintableIsPercentEncoded() {
        #expect(StatusMessage.encoded(Array("plain text ~!".utf8)) == "plain text ~!")
        #expect(StatusMessage.encoded(Array("100% ü\n\u{7f}".utf8)) == "100%25 %C3%BC%0A%7F")
        #expect(StatusMessage.encoded([0, 255]) == "%00%FF")
    }
}

@Suite struct MethodRouterTests {
    private func finds(_ router: MethodRouter, _ path: String) -> Bool {
        Array(path.utf8).withUnsafeBytes { router.route(for: $0) != nil }
    }

    @Test func onlyWholePathsMatch() {
        var router = MethodRouter()
        router.register("/a/B") { _ in }
        router.register("/a/C") { _ in }
        #expect(finds(router, "/a/B"))
        #expect(finds(router, "/a/C"))
        for path in ["", "/", "/a/D", "/a/", "/a/BB", "a/B", "/A/B", String(repeating: "x", count: 10_000)] {
            #expect(!finds(router, path))
        }
    }
}
