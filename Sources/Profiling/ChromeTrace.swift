import Execution
import JSON

/// A recording in the JSON form that `chrome://tracing` and Perfetto show: a row for each thread, runs and in them kernel
/// calls.
public struct ChromeTrace: Sendable {
    private let recording: Recording
    private let process: String

    public init(_ recording: Recording, process: String = "model_server") {
        self.recording = recording
        self.process = process
    }

    /// The text.
    /// - Parameter byteLimit: runs that do not fit any more are left out; the trace says how many.
    public func json(byteLimit: Int) -> [UInt8] {
        var bytes = Array("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n".utf8)
        bytes += metadata("process_name", thread: nil, process)
        for thread in recording.threads { bytes += metadata("thread_name", thread: thread.id, thread.name) }
        let names = recording.programs.map { $0.names.map { ChromeTrace.quoted($0) } }
        let labels = recording.labels.map { ChromeTrace.quoted($0.text) }
        var leftOut = 0
        // What is cut off is the end of the recording, not one thread's rows.
        for run in recording.runs.sorted(by: { $0.begin < $1.begin }) {
            let begin = bytes.count
            if leftOut == 0 { append(run, names, labels, to: &bytes) }
            if leftOut > 0 || bytes.count > byteLimit {
                bytes.removeLast(bytes.count - begin)
                leftOut += 1
            }
        }
        // Every event so far ends with a comma and a line break.
        bytes.removeLast(2)
        bytes += "\n],\"otherData\":{\"runs_left_out\":\(leftOut),".utf8
        bytes += "\"runs_dropped\":\(recording.droppedRuns),\"calls_dropped\":\(recording.droppedSteps)}}\n".utf8
        return bytes
    }

    /// The op's name, and what else is said of a call of it; in JSON.
    private typealias QuotedName = (name: String, rest: String)

    private static func quoted(_ text: String) -> String { JSONValue.string(text).text }

    private static func quoted(_ name: StepNames.Name) -> QuotedName {
        (quoted(name.op), ",\"args\":{\"node\":\(quoted(name.node))}},\n")
    }

    private func metadata(_ kind: String, thread: Int32?, _ name: String) -> [UInt8] {
        let thread = thread.map { ",\"tid\":\($0)" } ?? ""
        let text =
            "{\"ph\":\"M\",\"pid\":1\(thread),\"name\":\"\(kind)\",\"args\":{\"name\":\(ChromeTrace.quoted(name))}},\n"
        return Array(text.utf8)
    }

    private func append(_ run: Recording.Run, _ names: [[QuotedName]], _ labels: [String], to bytes: inout [UInt8]) {
        let thread = recording.threads[run.thread].id
        append("run", thread, run.begin, run.nanoseconds, labels[run.label], to: &bytes)
        bytes += ",\"args\":{\"failed\":\(run.failed),\"calls_dropped\":\(run.droppedSteps)}},\n".utf8
        for step in recording.stepsInOrder(of: run) {
            let name = names[Int(step.program)][Int(step.index)]
            append("kernel", thread, step.begin, step.nanoseconds, name.name, to: &bytes)
            bytes += name.rest.utf8
        }
    }

    /// The beginning of a complete event.
    private func append(
        _ category: String, _ thread: Int32, _ begin: UInt64, _ nanoseconds: UInt64, _ name: String,
        to bytes: inout [UInt8]
    ) {
        bytes += "{\"ph\":\"X\",\"pid\":1,\"tid\":\(thread),\"ts\":".utf8
        bytes += Figures.microseconds(begin &- recording.begin).utf8
        bytes += ",\"dur\":".utf8
        bytes += Figures.microseconds(nanoseconds).utf8
        bytes += ",\"cat\":\"\(category)\",\"name\":".utf8
        bytes += name.utf8
    }
}
