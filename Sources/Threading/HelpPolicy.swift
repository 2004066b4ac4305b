/// Decides for a parallel region how many threads are asked to help, and how many of them are worth being woken for it.
///
/// Times are nanoseconds. Threads that watch cost nothing; waking one costs its owner a system call, and it comes late. So
/// sleeping threads are woken when what they could have helped with, in this region and those before it, is worth more than
/// that.
struct HelpPolicy: Equatable {
    /// What it takes until a thread that slept begins to work.
    static let wakePrice: UInt64 = 40_000
    /// Each call in vain doubles the price, up to so many: on a machine whose processors are taken, threads come too late.
    static let mostVainCalls = 6

    /// Threads that may enter; 0 if the owner works alone.
    let room: Int
    /// Sleeping threads to wake.
    let wake: Int
    /// The work that nobody has helped with so far.
    let unhelped: UInt64

    /// - Parameters:
    ///   - pieces: into how many pieces the region can be split.
    ///   - threads: of the pool; not more than so many work on a region, the owner included.
    ///   - watching: idle threads that would come at once.
    ///   - sleeping: idle threads that would have to be woken.
    ///   - work: the time of the region on one thread.
    ///   - unhelped: as it was after the region before.
    ///   - vainCalls: how often in a row a woken thread found nothing to do, up to `mostVainCalls`.
    init(
        pieces: Int, threads: Int, watching: Int, sleeping: Int, work: UInt64, unhelped: UInt64, vainCalls: Int = 0
    ) {
        let limit = max(0, min(pieces, threads) - 1)
        let coming = min(limit, max(0, watching))
        let missing = min(limit - coming, max(0, sleeping))
        guard missing > 0 else {
            (room, wake, self.unhelped) = (coming > 0 ? limit : 0, 0, unhelped)
            return
        }
        let (sum, overflow) = unhelped.addingReportingOverflow(work)
        let debt = overflow ? UInt64.max : sum
        wake = Int(min(UInt64(missing), debt / (HelpPolicy.wakePrice << UInt64(vainCalls))))
        self.unhelped = wake > 0 ? 0 : debt
        room = coming + wake > 0 ? limit : 0
    }

    /// Threads that will work on the region as far as one can tell.
    func lanes(watching: Int) -> Int { 1 + min(room, max(0, watching) + wake) }
}
