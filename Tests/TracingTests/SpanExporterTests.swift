import JSON
import ServingCore
import Testing
import Threading

@testable import Tracing

@Suite struct SpanQueueTests {
    private func span(_ id: UInt64) -> Span {
        Span(
            traceID: .init(high: 1, low: 2), id: id, parent: nil, name: "s", kind: .internal, start: 0, nanoseconds: 1)
    }

    @Test func spansThatBelongTogetherGoTogetherOrNotAtAll() {
        var queue = SpanQueue(limit: 5, batchLimit: 2)
        queue.offer([span(1), span(2), span(3)])
        queue.offer([span(4), span(5), span(6)])
        #expect(queue.dropped == 3 && queue.count == 3 && queue.hasBatch)
        var batches = [queue.takeBatch().map(\.id)]
        queue.offer([span(7), span(8), span(9)])
        for _ in 0..<3 { batches.append(queue.takeBatch().map(\.id)) }
        #expect(batches == [[1, 2], [3, 7], [8, 9], []] && !queue.hasBatch)
    }

    @Test func documentIsOTLP() throws {
        var span = span(0xab)
        span.parent = 0xcd
        span.attributes = [Span.Attribute("a", .text("x\"y")), Span.Attribute("b", .integer(.max))]
        span.failure = "it failed"
        let bytes = OTLPDocument(resource: [Span.Attribute("service.name", .text("me"))], version: "1.2").encode([span])
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "me"}}]}, "#
                + #""scopeSpans": [{"scope": {"name": "model_server", "version": "1.2"}, "spans": [{"#
                + #""traceId": "00000000000000010000000000000002", "spanId": "00000000000000ab", "#
                + #""parentSpanId": "00000000000000cd", "name": "s", "kind": 1, "startTimeUnixNano": "0", "#
                + #""endTimeUnixNano": "1", "attributes": [{"key": "a", "value": {"stringValue": "x\"y"}}, "#
                + #"{"key": "b", "value": {"intValue": "9223372036854775807"}}], "#
                + #""status": {"code": 2, "message": "it failed"}}]}]}]}"#)
    }
}

@Suite struct SpanExporterTests {
    private func span(_ id: UInt64) -> Span {
        Span(
            traceID: .init(high: 1, low: 2), id: id, parent: nil, name: "s", kind: .internal, start: 0, nanoseconds: 1)
    }

    @Test func everythingIsSentBeforeTheEnd() {
        let sent = ConditionLock<[String]>([])
        let exporter = SpanExporter(resource: [], version: "1", batchLimit: 3, period: .max) { body throws(Status) in
            sent.withLockNotifyingAll { $0.append(String(decoding: body, as: UTF8.self)) }
        }
        for id in 1...3 { exporter.add([span(UInt64(id))]) }
        // A full batch does not wait for the end of the period.
        sent.wait { $0.count == 1 ? () : nil }
        exporter.add([span(4)])
        exporter.stop(untilNanoseconds: .max)
        #expect(sent.withLock { $0.map { $0.split(separator: "spanId").count - 1 } } == [3, 1])
        #expect(exporter.counts == SpanExporter.Counts(exported: 4))
        exporter.add([span(5)])
        #expect(exporter.counts.dropped == 0)
    }

    @Test func whatTheCollectorRefusesIsCounted() {
        let exporter = SpanExporter(resource: [], version: "1", queueLimit: 4, batchLimit: 4, period: .max) {
            (_) throws(Status) in throw .unavailable("no")
        }
        exporter.add([span(1)])
        exporter.add([span(2), span(3), span(4), span(5)])
        exporter.stop(untilNanoseconds: .max)
        #expect(exporter.counts == SpanExporter.Counts(exported: 0, dropped: 4, failed: 1))
    }

    @Test func addressesAreTakenApart() throws {
        let address = try CollectorAddress("http://collector:4318")
        #expect(address.host == "collector" && address.port == 4318 && address.path == "/")
        #expect(address.appending("v1/traces").path == "/v1/traces")
        #expect(try CollectorAddress("http://c/base/").appending("v1/traces").path == "/base/v1/traces")
        #expect(try CollectorAddress("HTTP://[::1]:80/x?y").hostField == "[::1]")
        #expect(throws: CollectorAddress.Fault.encrypted) { try CollectorAddress("https://c:4318") }
        for bad in [
            "", "c:4318", "http://", "http://u:p@c", "http://c:0", "http://c:99999", "http://[::1", "http://a b",
        ] {
            #expect(throws: CollectorAddress.Fault.malformed) { try CollectorAddress(bad) }
        }
    }

    @Test func settingsComeFromTheEnvironment() {
        func settings(_ variables: [String: String]) -> TracingSettings { TracingSettings { variables[$0] } }
        #expect(settings([:]).collector == nil && settings([:]).remarks.isEmpty)
        let all = settings([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SERVICE_NAME": "digits",
            "OTEL_RESOURCE_ATTRIBUTES": "a=b%20c, service.name=other,=x",
            "OTEL_EXPORTER_OTLP_HEADERS": "k=v,bad name=x",
            "OTEL_TRACES_SAMPLER": "always_off", "OTEL_EXPORTER_OTLP_TIMEOUT": "500",
        ])
        #expect(all.collector?.path == "/v1/traces" && all.timeout == 500_000_000 && all.sampler.ratio == 0)
        #expect(
            all.resource == [Span.Attribute("service.name", .text("digits")), Span.Attribute("a", .text("b c"))])
        #expect(all.headers.map(\.name) == ["k"] && all.remarks.count == 1)
        let own = settings(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/here"])
        #expect(own.collector?.path == "/here")
        let encrypted = settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c:4318"])
        #expect(encrypted.collector == nil && encrypted.remarks.first?.contains("plain http") == true)
        #expect(settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"]).collector == nil)
        #expect(
            settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"]).remarks.count
                == 1)
    }
}

@Suite struct CallTracingTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func entry() -> AccessEntry {
        var entry = AccessEntry(
            method: "Predict", transport: "grpc", model: "m", version: 1, code: "OK", nanoseconds: 10, requestBytes: 1)
        entry.queueNanoseconds = 3
        entry.computeNanoseconds = 6
        return entry
    }

    @Test func nothingIsDoneForNobody() {
        #expect(!CallTracing().isOn)
        #expect(CallTracing().begin(traceparent: parent) == nil)
        #expect(CallTracing(accessShare: 0, accessLog: { _ in }).begin(traceparent: parent) == nil)
    }

    @Test func accessLogNamesTheTrace() {
        let entries = ConditionLock<[AccessEntry]>([])
        let tracing = CallTracing(accessShare: 1, accessLog: { entry in entries.withLock { $0.append(entry) } })
        tracing.begin(traceparent: parent)?.end(entry(), failure: nil)
        tracing.begin(traceparent: nil)?.end(entry(), failure: nil)
        #expect(entries.withLock { $0.map(\.traceID) } == ["0af7651916cd43dd8448eb211c80319c", nil])
    }

    @Test func sampleIsAboutAsLargeAsAsked() {
        let tracing = CallTracing(accessShare: 0.1, accessLog: { _ in })
        let taken = (0..<20_000).filter { _ in tracing.begin(traceparent: nil) != nil }
        #expect((1500...2500).contains(taken.count))
    }

    @Test func stepsBelongToTheirRequest() {
        let documents = ConditionLock<[String]>([])
        let exporter = SpanExporter(resource: [], version: "1", period: .max) { body throws(Status) in
            documents.withLock { $0.append(String(decoding: body, as: UTF8.self)) }
        }
        let tracing = CallTracing(exporter: exporter)
        tracing.begin(traceparent: parent)?.end(entry(), failure: nil)
        #expect(tracing.begin(traceparent: parent.dropLast() + "0") == nil)
        exporter.stop(untilNanoseconds: .max)
        let text = documents.withLock { $0.joined() }
        #expect(text.contains(#""parentSpanId": "b7ad6b7169203331", "name": "grpc Predict", "kind": 2"#))
        #expect(text.contains(#""name": "queue", "kind": 1"#) && text.contains(#""name": "compute", "kind": 1"#))
        #expect(text.split(separator: "0af7651916cd43dd8448eb211c80319c").count == 4)
    }
}
