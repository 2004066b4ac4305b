import Testing

@testable import Tracing

@Suite struct TraceContextTests {
    private let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func fieldIsReadAndWritten() throws {
        let context = try #require(TraceContext(traceparent: good))
        #expect(context.traceID.text == "0af7651916cd43dd8448eb211c80319c")
        #expect(context.parent == 0xb7ad_6b71_6920_3331)
        #expect(context.isSampled)
        #expect(context.traceparent == good)
        #expect(TraceContext(traceparent: good.dropLast() + "0")?.isSampled == false)
    }

    @Test func laterVersionsMaySayMore() {
        let later = "cc" + good.dropFirst(2)
        #expect(TraceContext(traceparent: later) != nil)
        #expect(TraceContext(traceparent: later + "-what-the-future-brings") != nil)
        #expect(TraceContext(traceparent: later + "x") == nil)
    }

    @Test(arguments: [
        "", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319\u{e9}-b7ad6b716920333-01",
    ])
    func otherFieldsAreNone(_ text: String) { #expect(TraceContext(traceparent: text) == nil) }
}

@Suite struct TraceSamplerTests {
    private let traceID = TraceContext.TraceID(high: 1, low: 1 << 62)

    private func context(_ isSampled: Bool) -> TraceContext {
        TraceContext(traceID: traceID, parent: 5, isSampled: isSampled)
    }

    @Test func namesAreThoseOfOpenTelemetry() {
        #expect(TraceSampler(name: nil, argument: nil) == TraceSampler(followsParent: true, ratio: 1))
        #expect(TraceSampler(name: "", argument: nil) == TraceSampler(followsParent: true, ratio: 1))
        #expect(TraceSampler(name: "always_on", argument: nil) == TraceSampler(followsParent: false, ratio: 1))
        #expect(TraceSampler(name: "always_off", argument: "1") == TraceSampler(followsParent: false, ratio: 0))
        #expect(TraceSampler(name: "traceidratio", argument: "0.25") == TraceSampler(followsParent: false, ratio: 0.25))
        #expect(
            TraceSampler(name: "parentbased_traceidratio", argument: "0.5")
                == TraceSampler(followsParent: true, ratio: 0.5))
        #expect(TraceSampler(name: "traceidratio", argument: "2") == nil)
        #expect(TraceSampler(name: "traceidratio", argument: "nan") == nil)
        #expect(TraceSampler(name: "jaeger_remote", argument: nil) == nil)
    }

    @Test func callersDecideWhereTheyAreAsked() {
        let follows = TraceSampler(followsParent: true, ratio: 1)
        #expect(follows.samples(context(true), traceID) && !follows.samples(context(false), traceID))
        #expect(follows.samples(nil, traceID))
        let never = TraceSampler(followsParent: true, ratio: 0)
        #expect(never.samples(context(true), traceID) && !never.samples(nil, traceID))
        #expect(!TraceSampler(followsParent: false, ratio: 0).samples(context(true), traceID))
    }

    @Test func shareOfTracesIsKept() {
        let sampler = TraceSampler(followsParent: false, ratio: 0.25)
        let numbers = RandomNumbers()
        let taken = (0..<20_000).filter { _ in
            sampler.samples(nil, .init(high: numbers.next(), low: numbers.next()))
        }
        #expect((4000...6000).contains(taken.count))
        #expect(TraceSampler(followsParent: false, ratio: 1).samples(nil, .init(high: 0, low: .max)))
    }
}
