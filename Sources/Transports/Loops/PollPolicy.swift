/// Decides how long a loop looks for events again and again before it lets its thread sleep.
///
/// Waking a sleeping thread takes longer than answering a small request. A client that sends its next request as soon as it
/// has the answer to the last is awaited where the waits have been short; a loop whose looking was in vain sleeps, and needs
/// ever more short waits before it looks again. Times are nanoseconds.
struct PollPolicy {
    /// Waits up to this are short, and looking takes no longer. A client that is woken by the answer, and the waking of a
    /// sleeping loop, take some 70 µs together.
    static let longest: UInt64 = 120_000
    private static let fewestShortWaits = 8
    private static let mostShortWaits = 1024

    /// Short waits in a row.
    private var shortWaits = 0
    /// As many make it worth looking.
    private var neededShortWaits = PollPolicy.fewestShortWaits

    init() {}

    /// How long to look before sleeping; 0: sleep at once.
    var limit: UInt64 { shortWaits >= neededShortWaits ? PollPolicy.longest : 0 }

    /// Takes note of a wait: how long it took until something came, looking and sleeping together.
    mutating func waitEnded(after nanoseconds: UInt64) {
        let hadLooked = limit > 0
        guard nanoseconds > PollPolicy.longest else {
            shortWaits = min(shortWaits + 1, PollPolicy.mostShortWaits)
            if hadLooked, shortWaits == PollPolicy.mostShortWaits { neededShortWaits = PollPolicy.fewestShortWaits }
            return
        }
        shortWaits = 0
        if hadLooked { neededShortWaits = min(2 * neededShortWaits, PollPolicy.mostShortWaits) }
    }
}
