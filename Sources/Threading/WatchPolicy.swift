/// Decides how long a thread that has helped watches for more to help with before it goes to sleep.
///
/// Times are nanoseconds. Waking a sleeping thread takes longer than most parallel regions, so within a run it pays to watch;
/// a thread whose watching turns out to be in vain again and again hardly does any more.
struct WatchPolicy {
    /// While a run is under way that has parallel regions.
    static let longestDuringRun: UInt64 = 100_000
    /// Long enough for the next one of runs that follow each other closely.
    static let longestAfterRun: UInt64 = 20_000
    /// Just enough to find out whether it would pay again.
    static let shortest: UInt64 = 2_000
    private static let fullTrust: UInt64 = 8

    private var trust = WatchPolicy.fullTrust / 2

    init() {}

    /// How long to watch in all.
    func limit(isRunUnderWay: Bool) -> UInt64 {
        let longest = isRunUnderWay ? WatchPolicy.longestDuringRun : WatchPolicy.longestAfterRun
        return max(WatchPolicy.shortest, longest / WatchPolicy.fullTrust * trust)
    }

    /// Takes note whether there was something to do before the time was over.
    mutating func watchEnds(found: Bool) {
        if found { trust = min(WatchPolicy.fullTrust, trust + 1) } else { trust -= min(trust, 2) }
    }
}
