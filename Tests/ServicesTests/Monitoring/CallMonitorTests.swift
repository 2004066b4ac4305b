import Batching
import Metrics
import ServingCore
import Testing
import Threading
import Tracing

@testable import Services

@Suite struct CallMonitorTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func accessLogTellsWhatBecameOfACall() throws {
        let entries = ConditionLock<[AccessEntry]>([])
        let manager = ServiceBench().manager
        var context = ServiceContext(manager: manager, compute: ThreadPool(name: "compute", threadCount: 1))
        context.tracing = CallTracing(accessShare: 1, accessLog: { entry in entries.withLock { $0.append(entry) } })
        let monitor = try #require(
            context.monitor(.predict, .grpc, requestBytes: 12) { $0 == "traceparent" ? parent : nil })
        let timings = RunTimings(queueNanoseconds: 1, computeNanoseconds: 2, batchSize: 3)
        monitor.end(
            .ok, ServingFacts(model: "m", version: 4, signatureName: "s", timings: timings), answerBytes: 34)
        let entry = try #require(entries.withLock { $0.first })
        #expect(entry.method == "Predict" && entry.transport == "grpc" && entry.code == "OK")
        #expect(entry.model == "m" && entry.version == 4 && entry.signature == "s")
        #expect(entry.queueNanoseconds == 1 && entry.computeNanoseconds == 2 && entry.batchSize == 3)
        #expect(entry.requestBytes == 12 && entry.answerBytes == 34)
        #expect(entry.traceID == "0af7651916cd43dd8448eb211c80319c")
        context.monitor(.predict, .rest, requestBytes: 12) { _ in nil }?.end(.ok, nil, answerBytes: 34)
        let other = try #require(entries.withLock { $0.last })
        #expect(other.transport == "rest" && other.answerBytes == nil && other.traceID == nil)
    }

    @Test func nobodyIsToldIfNobodyAsks() {
        let context = ServiceContext(
            manager: ServiceBench().manager, compute: ThreadPool(name: "compute", threadCount: 1))
        #expect(context.monitor(.predict, .grpc, requestBytes: 0) { _ in nil } == nil)
    }
}
