/// Decides how long a thread that has helped watches for more to help with before it goes to sleep.
///
/// Times are nanoseconds. Waking a sleeping thread takes longer than most parallel regions, so within a run it pays to watch;
/// a thread whose watching turns out to be in vain again and again hardly does any more.
struct WatchPolicy {
    /// While others still work on a region that has nothing more to give out: the next one follows it.
    static let longestDuringRegion: UInt64 = 1_000_000
    /// While a run is under way that has parallel regions.
    static let longestDuringRun: UInt64 = 100_000
    /// Long enough for the next one of runs that follow each other closely.
    static let longestAfterRun: UInt64 = 20_000
    /// Just enough to find out whether it would pay again.
    static let shortest: UInt64 = 2_000
    private static let fullTrust: UInt64 = 8

    private var trust = WatchPolicy.fullTrust / 2

    init() {}

    /// A watch that begins now, after the thread has helped or been woken.
    /// - Parameter wasCalled: the thread was woken to help. It comes too late for what it was woken for more often than not, so it stays
    ///   for the next region in any case: otherwise nobody would ever watch again, and each call would be in vain.
    func begin(at now: UInt64, wasCalled: Bool = false) -> Watch {
        Watch(trust: trust, begin: now, quietSince: now, least: wasCalled ? HelpPolicy.wakePrice : WatchPolicy.shortest)
    }

    /// One stretch of time in which a thread waits for something to help with.
    struct Watch {
        fileprivate let trust: UInt64
        fileprivate let begin: UInt64
        /// When a region was last seen to be worked on.
        fileprivate var quietSince: UInt64
        fileprivate let least: UInt64

        /// Whether to go on.
        mutating func pays(at now: UInt64, isRunUnderWay: Bool, isRegionUnderWay: Bool) -> Bool {
            if isRegionUnderWay, now &- begin <= WatchPolicy.longestDuringRegion {
                quietSince = now
                return true
            }
            return now &- quietSince <= limit(isRunUnderWay: isRunUnderWay)
        }

        /// How long to go on while no region is being worked on.
        func limit(isRunUnderWay: Bool) -> UInt64 {
            let longest = isRunUnderWay ? WatchPolicy.longestDuringRun : WatchPolicy.longestAfterRun
            return max(least, longest / WatchPolicy.fullTrust * trust)
        }
    }

    /// Takes note whether there was something to do before the time was over.
    mutating func watchEnds(found: Bool) {
        if found { trust = min(WatchPolicy.fullTrust, trust + 1) } else { trust -= min(trust, 2) }
    }
}
