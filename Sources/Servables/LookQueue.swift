import ServingCore

/// Decides which worker takes which look, and how many workers there must be; a pure state machine.
///
/// A look that hangs keeps its worker. Another worker is started in its place, so that the looks at other base paths go
/// on; and what lies on the same device as a look that hangs is not begun, so that one dead file system costs few
/// workers.
struct LookQueue {
    /// Workers that are free to take looks.
    static let workers = 4
    /// All workers, with those that hang.
    static let limit = 64
    /// After which time a look counts as one that hangs.
    static let slow: UInt64 = 250_000_000
    /// After which time it is reported.
    static let firstReport: UInt64 = 5_000_000_000

    private struct Running {
        let order: LookOrder
        let since: Instant
    }

    private struct Report {
        let order: LookOrder
        let since: Instant
        var after = LookQueue.firstReport
    }

    private var waiting: [LookOrder] = []
    private var running: [UInt64: Running] = [:]
    /// Of all looks that have not come back, when they are reported next, if they are held up by storage that hangs.
    private var reports: [UInt64: Report] = [:]
    private(set) var threads = 0
    var isStopped = false

    mutating func add(_ orders: [LookOrder], at now: Instant) {
        waiting += orders
        for order in orders { reports[order.ticket] = Report(order: order, since: now) }
    }

    /// The next look for a worker that is free.
    mutating func take(at now: Instant) -> LookOrder? {
        guard !isStopped, !waiting.isEmpty else { return nil }
        let dead = deadDevices(now)
        let next = waiting.firstIndex { !isHeldUp($0, dead) }
        guard let next else { return nil }
        let order = waiting.remove(at: next)
        running[order.ticket] = Running(order: order, since: now)
        reports[order.ticket] = Report(order: order, since: now)
        return order
    }

    private func deadDevices(_ now: Instant) -> Set<UInt64> {
        Set(running.values.filter { isSlow($0, now) }.compactMap(\.order.device))
    }

    private func isHeldUp(_ order: LookOrder, _ dead: Set<UInt64>) -> Bool {
        order.device.map(dead.contains) ?? false
    }

    /// A look has come back.
    /// - Returns: true if its worker is not needed any more.
    mutating func finished(_ order: LookOrder, at now: Instant) -> Bool {
        running[order.ticket] = nil
        reports[order.ticket] = nil
        guard threads - slowCount(now) > LookQueue.workers else { return false }
        threads -= 1
        return true
    }

    /// How many workers are to be started now; they count from now on.
    mutating func workersToStart(at now: Instant) -> Int {
        let slow = slowCount(now)
        let wanted = min(LookQueue.workers, waiting.count + running.count - slow)
        let missing = max(0, min(wanted - (threads - slow), LookQueue.limit - threads))
        threads += missing
        return missing
    }

    /// The looks that have not come back for so long that it is worth a report: after 5 s, 10 s, 20 s and so on.
    mutating func overdue(at now: Instant) -> [(order: LookOrder, seconds: UInt64)] {
        reportable(now).filter { now.nanoseconds(since: $0.since) >= $0.after }
            .sorted { $0.order.ticket < $1.order.ticket }.map { report in
                let age = now.nanoseconds(since: report.since)
                while reports[report.order.ticket]!.after <= age, reports[report.order.ticket]!.after < 1 << 62 {
                    reports[report.order.ticket]!.after *= 2
                }
                return (report.order, age / 1_000_000_000)
            }
    }

    /// The looks that are held up by storage; others only wait for a worker.
    private func reportable(_ now: Instant) -> [Report] {
        let dead = deadDevices(now)
        let areAllBusy = slowCount(now) >= LookQueue.limit
        return reports.values.filter { running[$0.order.ticket] != nil || areAllBusy || isHeldUp($0.order, dead) }
    }

    /// When `workersToStart` or `overdue` may have something to say even if nothing happens before.
    func nextCheck(at now: Instant) -> Instant {
        let slow = running.values.filter { !isSlow($0, now) }.map { $0.since.advanced(byNanoseconds: LookQueue.slow) }
        let late = reportable(now).map { $0.since.advanced(byNanoseconds: $0.after) }
        return min(slow.min() ?? Instant(nanoseconds: .max), late.min() ?? Instant(nanoseconds: .max))
    }

    private func isSlow(_ running: Running, _ now: Instant) -> Bool {
        now.nanoseconds(since: running.since) >= LookQueue.slow
    }

    private func slowCount(_ now: Instant) -> Int { running.values.count { isSlow($0, now) } }
}
