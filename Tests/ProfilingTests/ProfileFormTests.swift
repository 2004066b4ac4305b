import CServingProtos
import Execution
import JSON
import ServingCore
import ServingProtos
import Testing
import Threading

@testable import Profiling

/// Does nothing.
final class NoKernel: Kernel {
    func compute(_ context: borrowing KernelContext) throws(Status) {}
}

@Suite struct ChromeTraceTests {
    @Test func traceIsJSONWithAnEventForEachRunAndStep() throws {
        let recording = RecordingSample.sample()
        let text = ChromeTrace(recording).json(byteLimit: .max)
        let events = try events(text)
        let complete = events.filter { $0.contains("\"ph\":\"X\"") }
        #expect(complete.count == recording.runs.count + recording.steps.count)
        #expect(events.count == complete.count + 2)
        #expect(complete.contains { $0.contains("\"name\":\"MatMul\"") && $0.contains("\"node\":\"dense/MatMul\"") })
        #expect(complete.contains { $0.contains("\"name\":\"digits:3/serving_default\"") })
        #expect(complete.contains { $0.contains("\"dur\":0.010,") })
        // Names come from models.
        #expect(complete.contains { $0.contains(#""node":"\"a\"\u0001""#) })
    }

    @Test func traceThatIsTooLongEndsWithARun() throws {
        let recording = RecordingSample.sample()
        let whole = ChromeTrace(recording).json(byteLimit: .max)
        var counts: Set<Int> = []
        for limit in stride(from: 0, through: whole.count, by: 31) {
            let text = ChromeTrace(recording).json(byteLimit: limit)
            #expect(text.count <= max(limit, 300) + 100)
            let runs = try events(text).filter { $0.contains("\"cat\":\"run\"") }.count
            #expect(String(decoding: text, as: UTF8.self).contains("\"runs_left_out\":\(3 - runs),"))
            counts.insert(runs)
        }
        #expect(counts.isSuperset(of: [0, 1, 2]))
    }

    @Test func nothingGivesAnEmptyTrace() throws {
        let text = ChromeTrace(RecordingSample.record { _ in }).json(byteLimit: .max)
        #expect(try events(text).count == 1)
    }

    /// The events of a trace that must be valid JSON; each stands on a line of its own.
    private func events(_ text: [UInt8]) throws -> [String] {
        let document = try JSONDocument(text)
        #expect(document.root.kindName == "an object")
        withExtendedLifetime(document) {}
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("{\"ph\"") }
    }
}

@Suite struct XSpaceEncodingTests {
    private func decoded(_ bytes: [UInt8]) throws -> Message<Tensorflow__Profiler__XSpace> {
        try Message<Tensorflow__Profiler__XSpace>(unpacking: bytes, limits: .modelFile)
    }

    @Test func spaceHoldsEveryRunAndStep() throws {
        let recording = RecordingSample.sample()
        let bytes = XSpaceEncoding(recording, hostName: "here", beginNanoseconds: 1_700_000_000_000_000_000).encoded()
        let message = try decoded(bytes)
        message.read { space in
            #expect(space.pointee.n_planes == 1 && space.pointee.n_warnings == 0)
            #expect(Repeated.strings(space.pointee.hostnames, space.pointee.n_hostnames) == ["here"])
            guard let plane = Repeated.messages(space.pointee.planes, space.pointee.n_planes).first else { return }
            #expect(String(proto: plane.pointee.name) == "/host:CPU")
            var names: [Int64: String] = [:]
            for entry in Repeated.messages(plane.pointee.event_metadata, plane.pointee.n_event_metadata) {
                guard let value = entry.pointee.value else { continue }
                #expect(value.pointee.id == entry.pointee.key)
                names[entry.pointee.key] = String(proto: value.pointee.name)
            }
            let lines = Repeated.messages(plane.pointee.lines, plane.pointee.n_lines)
            #expect(lines.count == 1)
            for line in lines {
                #expect(line.pointee.timestamp_ns == 1_700_000_000_000_000_000)
                let events = Repeated.messages(line.pointee.events, line.pointee.n_events)
                #expect(
                    events.map { names[$0.pointee.metadata_id] ?? "?" } == [
                        "ServingModelRun", "dense/MatMul:MatMul", "choice:If", "branch/relu:Relu", "branch/sum:AddV2",
                        "dense_1/MatMul:MatMul", "ServingModelRun", "dense/MatMul:MatMul", "choice:If",
                        "branch/relu:Relu", "branch/sum:AddV2", "dense_1/MatMul:MatMul", "ServingModelRun",
                        "\"a\"\u{1}:Relu", "assert:Assert",
                    ])
                #expect(events[1].pointee.duration_ps == 10_000)
                #expect(events[1].pointee.offset_ps > events[0].pointee.offset_ps)
            }
        }
    }

    @Test func runsSayWhatTheyWereFor() throws {
        let bytes = XSpaceEncoding(RecordingSample.sample(), hostName: "", beginNanoseconds: 0).encoded()
        try decoded(bytes).read { space in
            let plane = Repeated.messages(space.pointee.planes, space.pointee.n_planes)[0]
            var names: [Int64: String] = [:]
            for entry in Repeated.messages(plane.pointee.stat_metadata, plane.pointee.n_stat_metadata) {
                names[entry.pointee.key] = entry.pointee.value.map { String(proto: $0.pointee.name) }
            }
            let line = Repeated.messages(plane.pointee.lines, plane.pointee.n_lines)[0]
            let run = Repeated.messages(line.pointee.events, line.pointee.n_events)[0]
            var stats: [String: String] = [:]
            for stat in Repeated.messages(run.pointee.stats, run.pointee.n_stats) {
                let isText = stat.pointee.value_case == TENSORFLOW__PROFILER__XSTAT__VALUE_STR_VALUE
                let value = isText ? String(proto: stat.pointee.str_value) : "\(stat.pointee.int64_value)"
                stats[names[stat.pointee.metadata_id] ?? "?"] = value
            }
            #expect(stats == ["model_name": "digits", "model_version": "3", "signature": "serving_default"])
        }
    }

    @Test func spaceThatIsTooLargeSaysWhatIsLeftOut() throws {
        let recording = RecordingSample.record { recorder in
            let program = RecordingSample.nested()
            for _ in 0..<200 { RecordingSample.run(program, RecordingSample.digits, recorder) }
        }
        let bytes = XSpaceEncoding(recording, hostName: "", beginNanoseconds: 0, byteLimit: 20_000).encoded()
        #expect(bytes.count <= 20_000 && bytes.count > 5_000)
        try decoded(bytes).read { space in
            let warnings = Repeated.strings(space.pointee.warnings, space.pointee.n_warnings)
            #expect(warnings.count == 1 && warnings[0].hasSuffix("recorded runs did not fit into the answer"))
        }
    }

    @Test func droppedRecordsAreWarnedOf() throws {
        let recording = RecordingSample.record(limit: 4) { recorder in
            let program = RecordingSample.nested()
            for _ in 0..<3 { RecordingSample.run(program, RecordingSample.digits, recorder) }
        }
        try decoded(XSpaceEncoding(recording, hostName: "", beginNanoseconds: 0).encoded()).read { space in
            #expect(
                Repeated.strings(space.pointee.warnings, space.pointee.n_warnings) == [
                    "2 runs were not recorded", "2 kernel calls were not recorded",
                ])
        }
    }
}
