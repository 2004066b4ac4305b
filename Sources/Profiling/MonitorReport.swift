import Execution

/// A summary in a few lines, for somebody who looks in.
public struct MonitorReport: Sendable {
    private let summary: ProfileSummary
    private let threads: ThreadUse

    /// What threads used of processors during the recording.
    public struct ThreadUse: Sendable {
        public var computeThreads: Int
        public var computeNanoseconds: UInt64
        /// All threads of the process together.
        public var processNanoseconds: UInt64

        public init(computeThreads: Int, computeNanoseconds: UInt64, processNanoseconds: UInt64) {
            self.computeThreads = computeThreads
            self.computeNanoseconds = computeNanoseconds
            self.processNanoseconds = processNanoseconds
        }
    }

    public init(_ summary: ProfileSummary, _ threads: ThreadUse) {
        self.summary = summary
        self.threads = threads
    }

    /// - Parameter isDetailed: with tables of signatures, ops and nodes instead of a line with the largest ops.
    public func text(isDetailed: Bool) -> String {
        var text = figures
        guard summary.runCount > 0 else { return text }
        let report = ProfileReport(summary)
        guard isDetailed else { return text + "Top ops: \(topOps)\n" }
        text += "\nRuns\n" + report.signatures(10)
        text += "\nTop ops\n" + report.ops(10)
        text += "\nTop nodes\n" + report.nodes(20)
        return text
    }

    private var figures: String {
        let runs = summary.runCount + summary.droppedRuns
        let failures = summary.signatures.reduce(0) { $0 + $1.failures }
        let capacity = summary.duration.multipliedReportingOverflow(by: UInt64(max(1, threads.computeThreads)))
        let busy = Figures.percent(threads.computeNanoseconds, of: capacity.overflow ? .max : capacity.partialValue)
        let processors = Figures.decimal(threads.processNanoseconds, per: max(1, summary.duration), digits: 2)
        var lines = [
            "Runs: \(runs), \(Figures.rate(runs, in: summary.duration)) per second, \(failures) failed",
            "Compute threads: \(threads.computeThreads), \(busy) busy",
            "Process: \(processors) processors",
        ]
        if summary.runCount > 0 {
            let mean = summary.runNanoseconds / UInt64(summary.runCount)
            let longest = summary.signatures.map(\.totals.longest).max() ?? 0
            lines.insert("Run time: \(Figures.time(mean)) on average, \(Figures.time(longest)) at most", at: 1)
        }
        if summary.droppedRuns > 0 {
            lines.append("\(summary.droppedRuns) of the runs were not looked at more closely")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private var topOps: String {
        summary.ops.prefix(5)
            .map { "\($0.op) \(Figures.percent($0.totals.own, of: summary.runNanoseconds))" }.joined(separator: ", ")
    }
}
