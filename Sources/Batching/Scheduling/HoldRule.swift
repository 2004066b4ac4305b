/// Whether a batch that could run on the last free slot is held back for others to join it.
///
/// That pays as long as the rows that wait lose less until the next arrival than the joining saves: the fixed cost of a run of its
/// own. Arrivals that were expected and did not come make it wait less often.
struct HoldRule: Sendable {
    /// Moving average of the time between arrivals, nanoseconds.
    private var gap: Double?
    private var lastArrival: UInt64?
    private var arrivals: UInt64 = 0

    /// No batch is held before so many arrivals have been seen.
    private var resumption: UInt64 = 8
    /// Arrivals to sit out after the next disappointment.
    private var penalty: UInt64 = leastPenalty
    /// The tasks that were there when the batch that is being held began to wait.
    private var heldTasks: Int?

    private static let leastPenalty: UInt64 = 8
    private static let mostPenalty: UInt64 = 1024

    init() {}

    mutating func noteArrival(at now: UInt64) {
        arrivals += 1
        if let lastArrival {
            let latest = Double(now > lastArrival ? now - lastArrival : 0)
            gap = gap.map { $0 + (latest - $0) * 0.1 } ?? latest
        }
        lastArrival = now
    }

    /// Until when to hold the tasks that wait; nil if it does not pay.
    /// - Parameters:
    ///   - weight: rows that wait.
    ///   - oldest: arrival of the first of them.
    ///   - fixed: what every run costs, nanoseconds.
    ///   - timeout: the longest time that anybody may wait by this rule, nanoseconds.
    func end(weight: Int, oldest: UInt64, fixed: UInt64, timeout: UInt64, at now: UInt64) -> UInt64? {
        guard let gap, heldTasks != nil || arrivals >= resumption else { return nil }
        guard Double(weight) * gap < Double(fixed) else { return nil }
        let (end, overflow) = oldest.addingReportingOverflow(min(timeout, fixed))
        return !overflow && now < end ? end : nil
    }

    /// To be called when a batch is held, as often as one likes.
    mutating func noteHeld(tasks: Int) {
        if heldTasks == nil { heldTasks = tasks }
    }

    /// To be called when tasks are taken from the queue.
    mutating func noteTaken(tasks: Int) {
        guard let held = heldTasks.take() else { return }
        if tasks > held {
            penalty = HoldRule.leastPenalty
        } else {
            resumption = arrivals &+ penalty
            penalty = min(penalty * 2, HoldRule.mostPenalty)
        }
    }
}
