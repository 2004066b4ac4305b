import Glibc
import Records
import Servables
import ServingCore
import TestSupport
import Testing
import Threading

@testable import Services

@Suite struct TrafficRecorderTests {
    private let folder = TemporaryDirectory()
    private let bench = ServiceBench()

    private func recorder(recent: Int = 0) -> TrafficRecorder {
        var settings = TrafficRecorder.Settings()
        settings.recentRequests = recent
        settings.tags = ["gpu", "serve"]
        return TrafficRecorder(settings)
    }

    private func logging(_ rate: Double = 1) -> LoggingConfiguration {
        LoggingConfiguration(
            filenamePrefix: "\(folder.path)/log", samplingRate: rate,
            samplingConfig: RecordedLogs.bytes("logged_sampling"))
    }

    private func records() throws -> [[UInt8]] {
        try folder.names.flatMap { name in
            var reader = try TFRecordReader(path: "\(folder.path)/\(name)")
            var records: [[UInt8]] = []
            while let record = try reader.next() { records.append(record) }
            return records
        }
    }

    private func context(_ traffic: TrafficRecorder) -> ServiceContext { bench.context(traffic: traffic) }

    @Test func aLogIsWhatTheStubsWouldEncode() {
        let metadata = PredictionLogEncoding.Metadata(
            modelSpec: ModelSpecEncoding.encode(name: "any", version: 7, signatureName: "serving_default"),
            samplingConfig: RecordedLogs.bytes("logged_sampling"), tags: ["gpu", "serve"], seconds: 1_700_000_000)
        let request = RecordedLogs.bytes("logged_request")
        let log = request.withUnsafeBytes {
            PredictionLogEncoding.encode(
                metadata, .predict, request: $0, answer: WireAnswer(RecordedLogs.bytes("logged_response")))
        }
        #expect(log == RecordedLogs.bytes("logged"))
    }

    /// Waits until what was decided about the answered requests has been done.
    private func awaitKeeping(_ traffic: TrafficRecorder) { while traffic.isKeeping { usleep(100) } }

    @Test func requestsThatWereAnsweredAreLogged() throws {
        let traffic = recorder()
        traffic.update(["half_plus_two": logging()])
        for name in ["predict", "predict_filtered", "predict_wrong_type", "predict"] {
            _ = bench.predict(RecordedMessages.bytes(name), context(traffic))
        }
        traffic.stop()
        _ = bench.predict(RecordedMessages.bytes("predict"), context(traffic))
        let logs = try records()
        #expect(logs.count == 3)
        func holds(_ log: [UInt8], _ part: [UInt8]) -> Bool {
            log.indices.contains { log[$0...].starts(with: part) }
        }
        #expect(holds(logs[0], RecordedMessages.bytes("predict")))
        #expect(logs.allSatisfy { holds($0, RecordedMessages.bytes("predict_answer")) })
    }

    @Test func modelsThatAreNotListedAreNotLogged() throws {
        let traffic = recorder()
        func predict() {
            _ = bench.predict(RecordedMessages.bytes("predict"), context(traffic))
            awaitKeeping(traffic)
        }
        traffic.update(["half_plus_two": nil])
        predict()
        traffic.update(["half_plus_two": logging(), "other": nil])
        predict()
        traffic.update(["other": logging()])
        predict()
        traffic.update(["half_plus_two": logging(0.5)])
        traffic.update(["half_plus_two": logging(1)])
        predict()
        traffic.stop()
        #expect(try records().count == 2)
        #expect(folder.names.count == 2)
    }

    @Test func thresholdsFollowTheRate() {
        func threshold(_ rate: Double) -> UInt64 { ModelTap.Log(logging(rate), model: "m").threshold }
        #expect(threshold(1) == .max && threshold(0) == 0 && threshold(0.5) == 1 << 63)
        #expect(threshold(-1) == 0 && threshold(2) == .max && threshold(0x1p-70) == 0)
        #expect(threshold(1.0.nextDown) < .max)
        #expect(ModelTap.Log(logging(1), model: "m").takes(.max))
        #expect(!ModelTap.Log(logging(0), model: "m").takes(0))
    }

    @Test func recentRequestsAreKeptForTheNextVersion() throws {
        let traffic = recorder(recent: 3)
        traffic.update(["half_plus_two": nil])
        for name in ["predict", "predict_version", "predict_wrong_type", "predict_filtered"] {
            _ = bench.predict(RecordedMessages.bytes(name), context(traffic))
            awaitKeeping(traffic)
        }
        let kept = traffic.recentRequests(of: "half_plus_two")
        #expect(kept.map(\.bytes) == ["predict", "predict_filtered"].map(RecordedMessages.bytes))
        #expect(kept.allSatisfy { $0.version == 1 })
        traffic.update(["half_plus_two": logging()])
        #expect(traffic.recentRequests(of: "half_plus_two").count == 2)
        traffic.update(["other": nil])
        #expect(traffic.recentRequests(of: "half_plus_two").isEmpty)
        traffic.stop()
    }
}

@Suite struct RecentRingTests {
    private func now(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    private func offer(_ ring: inout RecentRing, _ count: Int, _ milliseconds: UInt64, _ version: Int64 = 1) -> Bool {
        guard ring.wants(count, at: now(milliseconds)) else { return false }
        let bytes = [UInt8](repeating: 0, count: count)
        ring.keep(RecentRequest(bytes: bytes, version: version), at: now(milliseconds))
        return true
    }

    @Test func aFullRingTakesOneRequestInTenMilliseconds() {
        var ring = RecentRing(countLimit: 2)
        let taken = [5, 5, 5, 14, 15, 24, 25].enumerated().map { offer(&ring, 10, $1, Int64($0)) }
        #expect(taken == [true, true, false, false, true, false, true])
        #expect(ring.requests.map(\.version) == [4, 6])
        #expect(ring.byteCount == 20)
    }

    @Test func bytesAreBounded() {
        var ring = RecentRing(countLimit: 1000)
        #expect(!ring.wants(RecentRing.longest + 1, at: now(0)))
        for step in 0..<40 { #expect(offer(&ring, RecentRing.longest, UInt64(step) * 10)) }
        #expect(ring.requests.count == 16 && ring.byteCount == RecentRing.byteLimit)
        var nothing = RecentRing(countLimit: 0)
        #expect(!offer(&nothing, 1, 0))
    }
}
