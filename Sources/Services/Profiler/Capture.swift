import Execution
import Glibc
import Profiling
import ServingProtos
import Threading

/// A capture that is over, and what threads used of processors meanwhile.
struct Capture: Sendable {
    private var threads: MonitorReport.ThreadUse
    private var beginNanoseconds: UInt64 = 0
    var recording: Recording?

    init(computeThreads: Int) {
        threads = MonitorReport.ThreadUse(
            computeThreads: computeThreads, computeNanoseconds: 0, processNanoseconds: 0)
    }

    mutating func begins(_ compute: ThreadPool) {
        beginNanoseconds = ProfilerService.wallNanoseconds()
        threads.computeNanoseconds = compute.processorNanoseconds
        threads.processNanoseconds = Capture.processNanoseconds()
    }

    mutating func ends(_ compute: ThreadPool) {
        threads.computeNanoseconds = compute.processorNanoseconds &- threads.computeNanoseconds
        threads.processNanoseconds = Capture.processNanoseconds() &- threads.processNanoseconds
    }

    private static func processNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    func monitorText(isDetailed: Bool) -> String {
        guard let recording else { return "" }
        return MonitorReport(ProfileSummary(recording), threads).text(isDetailed: isDetailed)
    }

    /// A `ProfileResponse`.
    func response(to request: CaptureRequest) -> [UInt8] {
        var writer = WireWriter()
        guard let recording, !recording.runs.isEmpty else {
            writer.append(field: 7, bool: true)
            return writer.bytes
        }
        let host = request.hostName.isEmpty ? Capture.hostName : request.hostName
        let begin = Int64(clamping: beginNanoseconds)
        for tool in ProfileTool.allCases where request.tools.contains(tool) {
            let isMessage = tool == .space && request.wantsMessage
            let data = tool.encode(recording, hostName: host, beginNanoseconds: begin)
            if isMessage {
                writer.append(field: 8, message: data)
            } else {
                let nameBytes = WireWriter.size(field: 1, length: tool.rawValue.utf8.count)
                writer.appendHeader(
                    field: 6, length: nameBytes + WireWriter.size(field: 2, length: data.count))
                writer.append(field: 1, string: tool.rawValue)
                writer.append(field: 2, message: data)
            }
        }
        return writer.bytes
    }

    private static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
