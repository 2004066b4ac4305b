/// Who may still enter a parallel region and who is inside of it besides its owner, in one word that threads exchange.
///
/// Helpers enter as long as there is room, and each gets a lane of its own; the owner closes the region when all of its
/// work is given out, and may leave it when the last helper is out. Every change is a value here and an atomic exchange in
/// `Region`, so the rules can be tested without threads.
struct RegionState: Equatable, Sendable {
    /// From the lowest bit: helpers inside, helpers that may still enter, helpers that have entered (16 bits each); the
    /// highest bit is set while the owner sleeps until the last one is out.
    private(set) var word: UInt64

    /// The most helpers of one region.
    static let mostHelpers = 0x7fff

    static let oneInside: UInt64 = 1
    static let ownerSleepsBit: UInt64 = 1 << 63
    /// What remains when a region is closed: no room.
    static let closingMask: UInt64 = ~(0xffff << 16)

    init(word: UInt64) { self.word = word }

    /// Room for `helpers` helpers, none of them inside.
    init(roomFor helpers: Int) { word = UInt64(max(0, min(helpers, RegionState.mostHelpers))) << 16 }

    var inside: Int { Int(word & 0xffff) }
    var room: Int { Int(word >> 16 & 0xffff) }
    var entered: Int { Int(word >> 32 & 0xffff) }
    var ownerSleeps: Bool { word & RegionState.ownerSleepsBit != 0 }

    /// What the state is after one more helper came in, and the lane that is the helper's alone; the owner has lane 0.
    /// Nil if there is no room.
    func entering() -> (state: RegionState, lane: Int)? {
        guard room > 0 else { return nil }
        return (RegionState(word: word &+ 1 &- 1 << 16 &+ 1 << 32), entered + 1)
    }
}
