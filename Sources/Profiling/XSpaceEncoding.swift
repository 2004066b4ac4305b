import Execution
import ServingProtos

/// A recording as a `tensorflow.profiler.XSpace`, which TensorBoard's profile plugin reads.
///
/// One plane, the host's processors, with a line for each thread. A run is a `ServingModelRun` with the model's name, its
/// version and the signature; a kernel call is called `node:Op`, as TensorFlow calls those of its own.
public struct XSpaceEncoding {
    private let recording: Recording
    private let hostName: String
    /// Nanoseconds since 1970 when the recording began.
    private let beginOfRecording: Int64
    /// What is encoded, by thread.
    private var runs: [[Recording.Run]]
    /// For each program the numbers of its steps among the events; 0: none of them is encoded.
    private var events: [[Int64]]
    private var eventNames = ["ServingModelRun"]
    private var leftOut = 0

    /// - Parameters:
    ///   - beginNanoseconds: when the recording began, in nanoseconds since 1970.
    ///   - byteLimit: about how large the message may get; the runs that began last are left out, and a warning says so.
    public init(_ recording: Recording, hostName: String, beginNanoseconds: Int64, byteLimit: Int = .max) {
        self.recording = recording
        self.hostName = hostName
        beginOfRecording = beginNanoseconds
        runs = recording.threads.map { _ in [] }
        events = recording.programs.map { Array(repeating: 0, count: $0.names.count) }
        var byteCount = 4096 + 64 * recording.threads.count
        for run in recording.runs.sorted(by: { $0.begin < $1.begin }) {
            if leftOut == 0 { byteCount += add(run) }
            if byteCount > byteLimit { leftOut += 1 } else { runs[run.thread].append(run) }
        }
    }

    /// Gives numbers to the events of `run`. Returns about how many bytes it takes.
    private mutating func add(_ run: Recording.Run) -> Int {
        let label = recording.labels[run.label]
        var byteCount = 80 + label.model.utf8.count + label.signature.utf8.count + 28 * run.steps.count
        for step in recording.steps[run.steps] where events[Int(step.program)][Int(step.index)] == 0 {
            let name = recording.name(of: step)
            eventNames.append("\(name.node):\(name.op)")
            events[Int(step.program)][Int(step.index)] = Int64(eventNames.count)
            byteCount += 24 + eventNames[eventNames.count - 1].utf8.count
        }
        return byteCount
    }

    private static let hostPlane = "/host:CPU"
    private static let runEvent: Int64 = 1

    private enum Stat: Int64, CaseIterable {
        case model = 1
        case version
        case signature
        case failed

        var name: String {
            switch self {
            case .model: "model_name"
            case .version: "model_version"
            case .signature: "signature"
            case .failed: "failed"
            }
        }
    }

    /// The message.
    public func encoded() -> [UInt8] {
        var plane = WireWriter()
        plane.append(field: 1, integer: 1)
        plane.append(field: 2, string: XSpaceEncoding.hostPlane)
        for (thread, runs) in zip(recording.threads, runs) {
            plane.append(field: 3, message: line(thread, runs))
        }
        appendEventNames(to: &plane)
        for stat in Stat.allCases {
            var metadata = WireWriter()
            metadata.append(field: 1, integer: stat.rawValue)
            metadata.append(field: 2, string: stat.name)
            plane.append(field: 5, message: XSpaceEncoding.entry(stat.rawValue, metadata.bytes))
        }
        var space = WireWriter(capacity: plane.count + 1024)
        space.append(field: 1, message: plane.bytes)
        for warning in warnings { space.append(field: 3, string: warning) }
        space.append(field: 4, string: hostName)
        return space.bytes
    }

    private var warnings: [String] {
        var warnings: [String] = []
        if recording.droppedRuns > 0 { warnings.append("\(recording.droppedRuns) runs were not recorded") }
        if leftOut > 0 { warnings.append("\(leftOut) recorded runs did not fit into the answer") }
        if recording.droppedSteps > 0 { warnings.append("\(recording.droppedSteps) kernel calls were not recorded") }
        return warnings
    }

    // MARK: Names

    /// An entry of a map from numbers to messages.
    private static func entry(_ key: Int64, _ message: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, integer: key)
        writer.append(field: 2, message: message)
        return writer.bytes
    }

    private func appendEventNames(to plane: inout WireWriter) {
        for (index, name) in eventNames.enumerated() {
            let number = Int64(index + 1)
            var metadata = WireWriter()
            metadata.append(field: 1, integer: number)
            metadata.append(field: 2, string: name)
            plane.append(field: 4, message: XSpaceEncoding.entry(number, metadata.bytes))
        }
    }

    // MARK: Events

    private func line(_ thread: Recording.Thread, _ runs: [Recording.Run]) -> [UInt8] {
        let count = runs.reduce(runs.count) { $0 + $1.steps.count }
        var writer = WireWriter(capacity: 32 * count + 256)
        writer.append(field: 1, integer: Int64(thread.id))
        writer.append(field: 10, integer: Int64(thread.id))
        writer.append(field: 2, string: "\(thread.name)/\(thread.id)")
        writer.append(field: 3, integer: beginOfRecording)
        for run in runs {
            append(XSpaceEncoding.runEvent, run.begin, run.nanoseconds, stats(run), to: &writer)
            for step in recording.stepsInOrder(of: run) {
                append(events[Int(step.program)][Int(step.index)], step.begin, step.nanoseconds, [], to: &writer)
            }
        }
        return writer.bytes
    }

    private func append(
        _ event: Int64, _ begin: UInt64, _ nanoseconds: UInt64, _ stats: [[UInt8]], to writer: inout WireWriter
    ) {
        let offset = XSpaceEncoding.picoseconds(begin &- recording.begin)
        let duration = XSpaceEncoding.picoseconds(nanoseconds)
        // The offset is a member of a oneof, so that zero is written, too.
        var length = 2 + WireWriter.size(varint: UInt64(event)) + WireWriter.size(varint: offset)
        if duration > 0 { length += 1 + WireWriter.size(varint: duration) }
        for stat in stats { length += WireWriter.size(field: 4, length: stat.count) }
        writer.appendHeader(field: 4, length: length)
        writer.append(field: 1, integer: event)
        writer.append(varint: 2 << 3)
        writer.append(varint: offset)
        writer.append(field: 3, unsigned: duration)
        for stat in stats { writer.append(field: 4, message: stat) }
    }

    private static func picoseconds(_ nanoseconds: UInt64) -> UInt64 {
        let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: 1000)
        return overflow ? UInt64(Int64.max) : min(product, UInt64(Int64.max))
    }

    private func stats(_ run: Recording.Run) -> [[UInt8]] {
        let label = recording.labels[run.label]
        func stat(_ kind: Stat, _ write: (inout WireWriter) -> Void) -> [UInt8] {
            var writer = WireWriter()
            writer.append(field: 1, integer: kind.rawValue)
            write(&writer)
            return writer.bytes
        }
        func number(_ kind: Stat, _ value: Int64) -> [UInt8] {
            stat(kind) { writer in
                writer.append(varint: 4 << 3)
                writer.append(varint: UInt64(bitPattern: value))
            }
        }
        var stats = [
            stat(.model) { $0.append(field: 5, message: Array(label.model.utf8)) }, number(.version, label.version),
            stat(.signature) { $0.append(field: 5, message: Array(label.signature.utf8)) },
        ]
        if run.failed { stats.append(number(.failed, 1)) }
        return stats
    }
}
