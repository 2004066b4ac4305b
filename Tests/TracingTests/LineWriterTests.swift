import ServingCore
import Testing
import Threading

@testable import Tracing

@Suite struct LineWriterTests {
    private func line(_ message: String) -> LogLine {
        .event(Log.Event(severity: .info, file: "A.swift", line: 1, message: message, time: 0))
    }

    /// The messages of lines of text.
    private func messages(_ text: [UInt8]) -> [String] {
        String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
            String(line.drop { $0 != "]" }.dropFirst(2))
        }
    }

    @Test func queueIsBounded() {
        let size = line("").byteCount
        var queue = LineQueue(lineLimit: 3, byteLimit: 3 * size + 10)
        let isTaken = ["1234", "5678", "too long", "9", ""].map { queue.offer(line($0)) }
        #expect(isTaken == [true, true, false, true, false])
        let (lines, dropped) = queue.takeAll()
        #expect(lines.count == 3 && dropped == 2 && queue.isEmpty && queue.byteCount == 0)
        let hasRoom = queue.offer(line(String(repeating: "x", count: 2 * size + 10)))
        let rest = queue.takeAll()
        #expect(hasRoom && rest.dropped == 0 && queue.dropped == 2)
    }

    @Test func linesComeOutInOrder() {
        let written = ConditionLock<[UInt8]>([])
        let writer = LineWriter(.text) { bytes in written.withLock { $0 += bytes } }
        for index in 0..<1000 { writer.write(line("\(index)")) }
        #expect(writer.stop(untilNanoseconds: .max))
        #expect(messages(written.withLock { $0 }) == (0..<1000).map(String.init))
        #expect(writer.droppedLines == 0)
    }

    @Test func nobodyWaitsForAReaderThatHasStopped() {
        let gate = ConditionLock(false)
        let isInside = ConditionLock(false)
        let written = ConditionLock<[UInt8]>([])
        let writer = LineWriter(.text, lineLimit: 5) { bytes in
            isInside.withLockNotifyingAll { $0 = true }
            gate.wait { $0 ? () : nil }
            written.withLock { $0 += bytes }
        }
        writer.write(line("first"))
        isInside.wait { $0 ? () : nil }
        for index in 0..<20 { writer.write(line("\(index)")) }
        #expect(writer.droppedLines == 15)
        #expect(!writer.stop(untilNanoseconds: 0))
        gate.withLockNotifyingAll { $0 = true }
        #expect(writer.stop(untilNanoseconds: .max))
        let complaint = "15 lines were dropped, because the log is read too slowly"
        #expect(messages(written.withLock { $0 }) == ["first", "0", "1", "2", "3", "4", complaint])
        writer.write(line("too late"))
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
