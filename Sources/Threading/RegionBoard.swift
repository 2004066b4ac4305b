import CPlatform
import Synchronization

/// The parallel regions of a pool: owners put them up, idle threads look for them and help.
struct RegionBoard: ~Copyable, @unchecked Sendable {  // what the pointer leads to is exchanged as `Region` describes
    private let regions: UnsafeMutablePointer<Region>
    private let regionCount: Int
    /// One bit for each region that nobody owns.
    private let unused: Atomic<UInt64>
    private let apart = CacheLine()
    /// One bit for each region that may have room. Threads that watch read nothing else but this and the queued jobs.
    private let open = Atomic<UInt64>(0)
    /// The processor on which a region was put up last.
    private let ownerProcessor = Atomic<Int32>(-2)
    private let alsoApart = CacheLine()
    /// Owners that could not wait any longer sleep here; counts how often some were woken.
    private let sleepingOwners = ConditionLock(0)

    /// A board for the regions of so many `threads` at once, and as many outside of the pool; more work alone.
    init(threads: Int) {
        regionCount = threads > 1 ? min(64, 2 * threads) : 0
        regions = .allocate(capacity: max(1, regionCount))
        for index in 0..<regionCount { (regions + index).initialize(to: Region()) }
        unused = Atomic(RegionBoard.allUnused(regionCount))
    }

    deinit {
        for index in 0..<regionCount { (regions + index).deinitialize(count: 1) }
        regions.deallocate()
    }

    /// Whether some region may have room for a helper.
    var hasOpenRegions: Bool {
        borrowing get { open.load(ordering: .relaxed) != 0 }
    }

    /// Whether some region is being worked on, with room or without.
    var hasRegionsUnderWay: Bool {
        borrowing get { unused.load(ordering: .relaxed) != RegionBoard.allUnused(regionCount) }
    }

    private static func allUnused(_ count: Int) -> UInt64 { count == 64 ? .max : 1 << UInt64(count) - 1 }

    /// Whether the calling thread takes the processor from the owner whom it wants to help.
    var isOnOwnersProcessor: Bool {
        borrowing get { ownerProcessor.load(ordering: .relaxed) == cplatform_current_processor() }
    }

    /// Takes the calling thread to another processor if it stands on that of the owner whom it wants to help, as happens when it
    /// is woken while some background work occupies the others.
    borrowing func leaveOwnersProcessor() {
        let processor = ownerProcessor.load(ordering: .relaxed)
        if processor == cplatform_current_processor() { cplatform_leave_processor(processor) }
    }

    /// A region for the calling thread alone, or nil if all are in use.
    private borrowing func claim() -> Int? {
        var free = unused.load(ordering: .relaxed)
        while free != 0 {
            let (exchanged, original) = unused.weakCompareExchange(
                expected: free, desired: free & (free - 1), ordering: .acquiring)
            if exchanged { return free.trailingZeroBitCount }
            free = original
        }
        return nil
    }

    /// Runs `body` for all of `0..<count`, on the calling thread and on up to `helpers` others that come in; returns when all
    /// is done. `wake` is called when helpers can come.
    borrowing func run(
        _ count: Int, grain: Int, lanes: Int, helpers: Int, wake: () -> Void, _ body: Region.Body
    ) {
        guard count <= RegionShares.mostIndices else {
            let most = RegionShares.mostIndices & ~0xffff
            run(most, grain: grain, lanes: lanes, helpers: helpers, wake: wake, body)
            return run(count - most, grain: grain, lanes: lanes, helpers: helpers, wake: wake) { range, lane in
                body(range.lowerBound + most..<range.upperBound + most, lane)
            }
        }
        guard let index = claim() else { return body(0..<count, 0) }
        let bit = UInt64(1) << UInt64(index)
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: Region.Work(body: body)) { work in
                regions[index].open(work, count: count, grain: grain, lanes: lanes, helpers: helpers)
                ownerProcessor.store(cplatform_current_processor(), ordering: .relaxed)
                open.bitwiseOr(bit, ordering: .releasing)
                wake()
                regions[index].workAsOwner()
                if regions[index].close() { open.bitwiseAnd(~bit, ordering: .relaxed) }
                waitUntilLeft(index)
            }
        }
        unused.bitwiseOr(bit, ordering: .releasing)
    }

    /// Helpers are about to leave, as everything is given out; only one that lost its processor takes long.
    private borrowing func waitUntilLeft(_ index: Int) {
        for _ in 0..<RegionBoard.turnsBeforeSleep {
            if regions[index].isLeft { return }
            cplatform_pause()
        }
        regions[index].ownerGoesToSleep()
        sleepingOwners.wait { _ in regions[index].isLeft ? () : nil }
    }

    /// About 50 µs.
    private static let turnsBeforeSleep = 2048

    /// Helps in one region with room, if there is any; leaves it early if `isWantedElsewhere`. Returns whether there was one.
    borrowing func help(unless isWantedElsewhere: () -> Bool) -> Bool {
        var candidates = open.load(ordering: .acquiring)
        while candidates != 0 {
            let index = candidates.trailingZeroBitCount
            candidates &= candidates - 1
            guard index < regionCount, let (lane, isLast) = regions[index].enter() else { continue }
            // Nobody else can put the region up again before this thread has left it.
            if isLast { open.bitwiseAnd(~(1 << UInt64(index)), ordering: .relaxed) }
            regions[index].help(lane: lane, unless: isWantedElsewhere)
            if regions[index].leave() { sleepingOwners.withLockNotifyingAll { $0 &+= 1 } }
            return true
        }
        return false
    }
}
