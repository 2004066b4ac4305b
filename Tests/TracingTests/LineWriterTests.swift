import ServingCore
import Testing
import Threading

@testable import Tracing

@Suite struct LineWriterTests {
    @Test func queueIsBounded() {
        var queue = LineQueue(lineLimit: 3, byteLimit: 10)
        let isTaken = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9], [9], []].map { queue.offer($0) }
        #expect(isTaken == [true, true, false, true, false])
        let (lines, dropped) = queue.takeAll()
        #expect(lines == [[1, 2, 3, 4], [5, 6, 7, 8], [9]] && dropped == 2)
        #expect(queue.isEmpty)
        let hasRoom = queue.offer([UInt8](repeating: 0, count: 10))
        let rest = queue.takeAll()
        #expect(hasRoom && rest.dropped == 0 && queue.dropped == 2)
    }

    @Test func linesComeOutInOrder() {
        let written = ConditionLock<[UInt8]>([])
        let writer = LineWriter(complaint: { _ in [] }) { bytes in written.withLock { $0 += bytes } }
        for index in 0..<1000 { writer.write(Array("\(index)\n".utf8)) }
        #expect(writer.stop(untilNanoseconds: .max))
        #expect(written.withLock { $0 } == (0..<1000).flatMap { Array("\($0)\n".utf8) })
        #expect(writer.droppedLines == 0)
    }

    @Test func nobodyWaitsForAReaderThatHasStopped() {
        let gate = ConditionLock(false)
        let isInside = ConditionLock(false)
        let written = ConditionLock<[UInt8]>([])
        let writer = LineWriter(lineLimit: 5, complaint: { Array("\($0) lost\n".utf8) }) { bytes in
            isInside.withLockNotifyingAll { $0 = true }
            gate.wait { $0 ? () : nil }
            written.withLock { $0 += bytes }
        }
        writer.write(Array("first\n".utf8))
        isInside.wait { $0 ? () : nil }
        for index in 0..<20 { writer.write(Array("\(index)\n".utf8)) }
        #expect(writer.droppedLines == 15)
        #expect(!writer.stop(untilNanoseconds: 0))
        gate.withLockNotifyingAll { $0 = true }
        #expect(writer.stop(untilNanoseconds: .max))
        #expect(String(decoding: written.withLock { $0 }, as: UTF8.self) == "first\n0\n1\n2\n3\n4\n15 lost\n")
        writer.write(Array("too late\n".utf8))
    }
}

@Suite struct LogFormatTests {
    private let event = Log.Event(
        severity: .warning, file: "A.swift", line: 7, message: "a \"word\"\nand\u{1b}", time: 1_700_000_000_123_456_789)

    @Test func eventIsOneObject() {
        #expect(
            String(decoding: LogFormat.json.line(event), as: UTF8.self)
                == #"{"time": "2023-11-14T22:13:20.123456Z", "severity": "WARNING", "event": "log", "source": "A.swift:7", "#
                + #""message": "a \"word\"\nand\u001b"}"# + "\n")
        #expect(
            String(decoding: LogFormat.text.line(event), as: UTF8.self).hasSuffix(
                ": W A.swift:7] a \"word\"\nand\u{1b}\n"))
    }

    @Test func requestIsOneLine() {
        var entry = AccessEntry(
            method: "Predict", transport: "grpc", model: "a b\n", version: 3, signature: "s", code: "OK",
            nanoseconds: 2_500_000, requestBytes: 10)
        entry.queueNanoseconds = 1000
        entry.computeNanoseconds = 2_000_000
        entry.batchSize = 4
        entry.answerBytes = 20
        entry.traceID = "0af7651916cd43dd8448eb211c80319c"
        #expect(
            String(decoding: LogFormat.text.line(entry, at: event.time), as: UTF8.self).hasSuffix(
                #": I access] method=Predict transport=grpc model="a b\n" version=3 signature=s code=OK duration_us=2500 "#
                    + "queue_us=1 compute_us=2000 batch_size=4 request_bytes=10 response_bytes=20 "
                    + "trace_id=0af7651916cd43dd8448eb211c80319c\n"))
        #expect(
            String(decoding: LogFormat.json.line(entry, at: event.time), as: UTF8.self)
                == #"{"time": "2023-11-14T22:13:20.123456Z", "severity": "INFO", "event": "request", "method": "Predict", "#
                + #""transport": "grpc", "model": "a b\n", "version": 3, "signature": "s", "code": "OK", "#
                + #""duration_us": 2500, "queue_us": 1, "compute_us": 2000, "batch_size": 4, "request_bytes": 10, "#
                + #""response_bytes": 20, "trace_id": "0af7651916cd43dd8448eb211c80319c"}"# + "\n")
    }

    @Test func namesOfCallersAreCut() {
        let entry = AccessEntry(
            method: "Predict", transport: "grpc", model: String(repeating: "é", count: 1_000_000), code: "NOT_FOUND",
            nanoseconds: 0, requestBytes: 0)
        #expect(entry.model.utf8.count < 1000)
    }
}
