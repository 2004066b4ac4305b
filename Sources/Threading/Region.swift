import CPlatform
import Synchronization

/// A place where one thread at a time, the owner, lays out work that idle threads may take parts of.
///
/// How memory is passed on: the owner writes the description and then releases it by storing the state; a helper acquires
/// it by the exchange that lets it in. What helpers did is released by their leaving and acquired when the owner sees
/// that nobody is inside. The description changes only while nobody is inside and nobody may enter.
struct Region: ~Copyable {
    typealias Body = (_ range: Range<Int>, _ lane: Int) -> Void

    /// A plain struct, so that pointing to it needs no other representation of the function.
    struct Work {
        let body: Body
    }

    /// What is laid out. Apart from the exchanged words, because it is written as plain memory.
    private struct Description {
        var work: UnsafePointer<Work>
        var count: Int
        var grain: Int
        var lanes: Int
        var denormals: UInt32
    }

    private let state = Atomic<UInt64>(0)
    private let apart = CacheLine()
    /// The word of the `RegionShares`.
    private let given = Atomic<UInt64>(0)
    private let alsoApart = CacheLine()
    private let description = UnsafeMutablePointer<Description>.allocate(capacity: 1)

    init() {}

    deinit { description.deallocate() }

    /// Lays out `count` indices, at most `RegionShares.mostIndices`, for up to `helpers` helpers; `work` must stay where it is until `isLeft`. Owner only.
    borrowing func open(_ work: UnsafePointer<Work>, count: Int, grain: Int, lanes: Int, helpers: Int) {
        description.initialize(
            to: Description(work: work, count: count, grain: grain, lanes: lanes, denormals: cplatform_denormals()))
        given.store(RegionShares().word, ordering: .relaxed)
        state.store(RegionState(roomFor: helpers).word, ordering: .releasing)
    }

    /// Lets one more helper in and tells it its lane; nil if there is no room.
    borrowing func enter() -> (lane: Int, isLast: Bool)? {
        var word = state.load(ordering: .relaxed)
        while let (next, lane) = RegionState(word: word).entering() {
            let (exchanged, original) = state.weakCompareExchange(
                expected: word, desired: next.word, ordering: .acquiring)
            if exchanged { return (lane, next.room == 0) }
            word = original
        }
        return nil
    }

    /// Works as the owner: until everything is given out.
    borrowing func workAsOwner() {
        while let range = take(asOwner: true) { run(range, lane: 0) }
    }

    /// Works as a helper that was let in: until everything is given out or `isWantedElsewhere`. Computes with the owner's
    /// handling of denormal numbers.
    borrowing func help(lane: Int, unless isWantedElsewhere: () -> Bool) {
        let own = cplatform_denormals()
        cplatform_restore_denormals(description.pointee.denormals)
        while !isWantedElsewhere(), let range = take(asOwner: false) { run(range, lane: lane) }
        cplatform_restore_denormals(own)
    }

    /// Lets a helper out; true if it has to wake the owner.
    borrowing func leave() -> Bool {
        let left = state.wrappingSubtract(RegionState.oneInside, ordering: .acquiringAndReleasing).newValue
        let now = RegionState(word: left)
        return now.inside == 0 && now.ownerSleeps
    }

    /// Lets nobody in any more. Returns true if there was room left.
    borrowing func close() -> Bool {
        let old = state.bitwiseAnd(RegionState.closingMask, ordering: .acquiringAndReleasing).oldValue
        return RegionState(word: old).room > 0
    }

    /// Whether no helper is inside; after `close` none will be again.
    var isLeft: Bool {
        borrowing get { RegionState(word: state.load(ordering: .acquiring)).inside == 0 }
    }

    /// Announces that the owner sleeps until it is woken by the last helper that leaves.
    borrowing func ownerGoesToSleep() { state.bitwiseOr(RegionState.ownerSleepsBit, ordering: .acquiringAndReleasing) }

    private borrowing func take(asOwner: Bool) -> Range<Int>? {
        var word = given.load(ordering: .relaxed)
        while let (range, shares) = RegionShares(word: word).taking(
            of: description.pointee.count, grain: description.pointee.grain, lanes: description.pointee.lanes,
            asOwner: asOwner)
        {
            let (exchanged, original) = given.weakCompareExchange(
                expected: word, desired: shares.word, ordering: .relaxed)
            if exchanged { return range }
            word = original
        }
        return nil
    }

    /// Not inlined, so that the reference to the function's context is given back before the helper leaves.
    @inline(never)
    private borrowing func run(_ range: Range<Int>, lane: Int) {
        description.pointee.work.pointee.body(range, lane)
    }
}

/// Keeps what stands before it and behind it in memory from sharing a cache line, also one that is fetched in pairs.
struct CacheLine: ~Copyable {
    private let space = InlineArray<16, UInt64>(repeating: 0)

    init() {}
}
