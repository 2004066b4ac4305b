import ServingCore

/// Decides when something that lasts is worth another log line: when it first appears, then after a minute, two
/// minutes, four, up to once an hour.
struct Complaints {
    private struct Complaint {
        var nextLog: Instant
        var interval: UInt64
    }

    static let firstInterval: UInt64 = 60_000_000_000
    static let longestInterval: UInt64 = 3_600_000_000_000

    private var known: [String: Complaint] = [:]

    /// Replaces what lasts by `current`; returns the texts whose time to be logged has come.
    mutating func due(_ current: [String], at now: Instant) -> [String] {
        guard !current.isEmpty || !known.isEmpty else { return [] }
        var next: [String: Complaint] = [:]
        var due: [String] = []
        for text in current where next[text] == nil {
            var complaint = known[text] ?? Complaint(nextLog: now, interval: Complaints.firstInterval)
            if complaint.nextLog <= now {
                due.append(text)
                complaint.nextLog = now.advanced(byNanoseconds: complaint.interval)
                complaint.interval = min(complaint.interval * 2, Complaints.longestInterval)
            }
            next[text] = complaint
        }
        known = next
        return due
    }
}
