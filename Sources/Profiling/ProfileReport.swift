import Execution

/// A summary as text, for people.
public struct ProfileReport: Sendable {
    private let summary: ProfileSummary
    private let rates: WorkRates?

    /// - Parameter rates: what ops and nodes did each second, which is shown beside their times.
    public init(_ summary: ProfileSummary, rates: WorkRates? = nil) {
        self.summary = summary
        self.rates = rates
    }

    /// What ran, the ops and the nodes, in tables.
    /// - Parameter rows: the lines that each table may have; what is beyond them is summed up in one.
    public func text(rows: Int = 200) -> String {
        var text = head
        guard summary.runCount > 0 else { return text }
        text += "\nRuns\n" + signatures(rows)
        text += "\nOps, by the time that their kernels took themselves\n" + ops(rows)
        text += "\nNodes\n" + nodes(rows)
        return text
    }

    /// How much ran, in a few lines.
    var head: String {
        var lines = ["\(summary.runCount) runs in \(Figures.time(summary.duration))"]
        if summary.runCount > 0 {
            let busy = Figures.decimal(summary.runNanoseconds, per: max(1, summary.duration), digits: 2)
            lines[0] += " on \(summary.threadCount) threads, \(busy) at a time on average"
            let share = Figures.percent(summary.kernelNanoseconds, of: summary.runNanoseconds)
            lines.append("kernels: \(Figures.time(summary.kernelNanoseconds)), \(share) of the runs' time")
        }
        if let rates, summary.runCount > 0 { lines += limits(rates) }
        if summary.droppedRuns > 0 {
            lines.append("\(summary.droppedRuns) runs were not recorded: no room was left, or they did not end in time")
        }
        if summary.droppedSteps > 0 {
            lines.append("\(summary.droppedSteps) kernel calls were not recorded: no room was left")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    func signatures(_ rows: Int) -> String {
        var table = TextTable([
            ("runs", .right), ("per second", .right), ("mean", .right), ("median", .right), ("99 %", .right),
            ("longest", .right), ("failed", .right), ("signature", .left),
        ])
        for signature in summary.signatures.prefix(rows) {
            let totals = signature.totals
            table.append([
                "\(totals.count)", Figures.rate(totals.count, in: summary.duration), Figures.time(totals.mean),
                Figures.time(signature.median), Figures.time(signature.percentile99), Figures.time(totals.longest),
                "\(signature.failures)", signature.label.text,
            ])
        }
        return table.text + ProfileReport.left(summary.signatures.count, rows, "signatures")
    }

    func ops(_ rows: Int) -> String {
        var table = TextTable(columns + [("op", .left)])
        for op in summary.ops.prefix(rows) {
            table.append(cells(op.totals) + cells(rates?.rate(of: op, in: summary)) + [op.op])
        }
        return table.text + ProfileReport.left(summary.ops.count, rows, "ops")
    }

    func nodes(_ rows: Int) -> String {
        var table = TextTable(columns + [("op", .left), ("node", .left), ("model", .left)])
        for node in summary.nodes.prefix(rows) {
            let model = RunLabel(model: node.key.model, version: node.key.version).text
            let cells = cells(node.totals) + cells(rates?.rate(of: node))
            table.append(cells + [node.key.op, ProfileReport.shortened(node.key.node), model])
        }
        return table.text + ProfileReport.left(summary.nodes.count, rows, "nodes")
    }

    private var columns: [(title: String, side: TextTable.Side)] {
        let times: [(title: String, side: TextTable.Side)] = [
            ("share", .right), ("own", .right), ("total", .right), ("calls", .right), ("mean", .right),
            ("shortest", .right), ("longest", .right),
        ]
        guard rates != nil else { return times }
        return times + [("GFLOP/s", .right), ("of peak", .right), ("GB/s", .right), ("of memory", .right)]
    }

    /// Nothing if no rates are known, dashes if those of this row are not.
    private func cells(_ rate: WorkRates.Rate?) -> [String] {
        guard let rate else { return [] }
        return [
            rate.operationsPerSecond.map(Figures.billions) ?? "-", rate.operationShare.map(Figures.percent) ?? "-",
            rate.bytesPerSecond.map(Figures.billions) ?? "-", rate.byteShare.map(Figures.percent) ?? "-",
        ]
    }

    /// What the machine can do, and how much of that the runs did.
    private func limits(_ rates: WorkRates) -> [String] {
        let rate = rates.rate(of: summary)
        let limits = rates.limits
        let (operations, bytes) = (rate.operationsPerSecond ?? 0, rate.bytesPerSecond ?? 0)
        return [
            "limits for one run: \(Figures.billions(limits.operationsPerSecond)) GFLOP/s in registers, "
                + "\(Figures.billions(limits.bytesPerSecond)) GB/s from memory",
            "runs: \(Figures.billions(operations)) GFLOP/s (\(Figures.percent(rate.operationShare ?? 0)) of the limit), "
                + "\(Figures.billions(bytes)) GB/s (\(Figures.percent(rate.byteShare ?? 0)))",
        ]
    }

    private func cells(_ totals: Totals) -> [String] {
        [
            Figures.percent(totals.own, of: summary.runNanoseconds), Figures.time(totals.own),
            Figures.time(totals.total),
            "\(totals.count)", Figures.time(totals.mean), Figures.time(totals.count == 0 ? 0 : totals.shortest),
            Figures.time(totals.longest),
        ]
    }

    /// Names of nodes tell most at their ends.
    private static func shortened(_ name: String) -> String {
        name.count > 100 ? "..." + name.suffix(97) : name
    }

    private static func left(_ count: Int, _ rows: Int, _ what: String) -> String {
        count > rows ? "(and \(count - rows) more \(what))\n" : ""
    }
}
