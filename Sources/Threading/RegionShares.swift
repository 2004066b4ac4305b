/// What of a parallel region's indices has been given out, in one word that threads exchange.
///
/// The owner takes pieces from the beginning and helpers take theirs from the end: then regions that follow each other find
/// what the one before has written in the cache of the same processor, as far as that is possible. Pieces are large at first, so that handing
/// out costs little, and small at the end, so that all are ready at about the same time.
struct RegionShares: Equatable, Sendable {
    /// The lower half counts from the beginning, the upper one from the end.
    private(set) var word: UInt64

    /// The most indices of one region.
    static let mostIndices = Int(UInt32.max)

    /// Nothing is given out.
    init() { word = 0 }

    init(word: UInt64) { self.word = word }

    private var front: Int { Int(word & 0xffff_ffff) }
    private var back: Int { Int(word >> 32) }

    /// The next piece of `count` indices, for the owner or for a helper, and what the shares are then; nil if all are given out.
    ///
    /// Pieces have at least `grain` indices, and never so many that less than `grain` would be left over. They begin at multiples of
    /// `evenPiece` if the grain is one.
    func taking(
        of count: Int, grain: Int, lanes: Int, asOwner: Bool
    ) -> (range: Range<Int>, shares: RegionShares)? {
        let end = count - back
        let left = end - front
        guard left > 0 else { return nil }
        let size = RegionShares.pieceSize(left: left, grain: grain, lanes: lanes)
        if asOwner { return (front..<front + size, RegionShares(word: word + UInt64(size))) }
        var start = end - size
        if grain % RegionShares.evenPiece == 0 { start &= ~(RegionShares.evenPiece - 1) }
        return (start..<end, RegionShares(word: word + UInt64(end - start) << 32))
    }

    /// How much of `left` indices is given out at once.
    static func pieceSize(left: Int, grain: Int, lanes: Int) -> Int {
        var size = max(grain, left / (2 * lanes))
        if grain % evenPiece == 0 { size &= ~(evenPiece - 1) }
        return size > left - grain ? left : size
    }

    /// Many small indices are mostly elements: pieces that begin at multiples of this begin at a cache line, which whole vectors
    /// do not cross.
    private static let evenPiece = 64

    /// The grain to use for what is worth giving out in pieces of `grain`, which is at most half of all.
    static func evenGrain(_ grain: Int) -> Int {
        grain < evenPiece ? grain : (grain + evenPiece - 1) & ~(evenPiece - 1)
    }
}
