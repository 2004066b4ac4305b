import TestSupport
import Testing

@testable import Threading

@Suite struct RegionStateTests {
    @Test func helpersEnterAsLongAsThereIsRoom() {
        var state = RegionState(roomFor: 2)
        var lanes: [Int] = []
        while let (next, lane) = state.entering() {
            state = next
            lanes.append(lane)
        }
        #expect(lanes == [1, 2])
        #expect(state.inside == 2)
        #expect(state.room == 0)
    }

    @Test func laneIsNotGivenAgainWhenItsHelperHasLeft() throws {
        let first = try #require(RegionState(roomFor: 3).entering())
        let left = RegionState(word: first.state.word - RegionState.oneInside)
        let second = try #require(left.entering())
        #expect(left.inside == 0)
        #expect(second.lane == 2)
    }

    @Test func closedRegionLetsNobodyInAndKeepsThoseInside() throws {
        let (state, _) = try #require(RegionState(roomFor: 5).entering())
        let closed = RegionState(word: state.word & RegionState.closingMask)
        #expect(closed.inside == 1)
        #expect(closed.room == 0)
        #expect(closed.entering() == nil)
        let sleeping = RegionState(word: closed.word | RegionState.ownerSleepsBit)
        #expect(sleeping.ownerSleeps)
        #expect(sleeping.inside == 1)
        #expect(sleeping.entering() == nil)
    }

    @Test(arguments: [-1, 0, 1, RegionState.mostHelpers, RegionState.mostHelpers + 1, .max])
    func roomIsLimited(helpers: Int) {
        #expect(RegionState(roomFor: helpers).room == max(0, min(helpers, RegionState.mostHelpers)))
    }
}

@Suite struct PieceSizeTests {
    /// All indices are given out, in pieces that become smaller and are never too small.
    @Test(arguments: [1, 2, 3, 7, 100, 1023, 100_000], [1, 2, 3, 8, 64])
    func piecesShrinkToTheGrain(count: Int, lanes: Int) {
        for grain in [1, 2, 5, 64, 100, 1000, 1024] {
            var left = count
            var last = Int.max
            while left > 0 {
                let size = RegionShares.pieceSize(left: left, grain: grain, lanes: lanes)
                #expect(size >= min(grain, count))
                #expect(size <= left)
                #expect(grain % 64 != 0 || (count - left) % 64 == 0)
                #expect(size <= max(last, 2 * grain))
                last = size
                left -= size
            }
        }
    }

    /// Whoever takes the next piece, each index is given out once, and even pieces begin at even places.
    @Test(arguments: 0..<20)
    func ownerAndHelpersMeet(seed: UInt64) {
        var random = Seeded(state: seed)
        for _ in 0..<100 {
            let count = Int.random(in: 1...5000, using: &random)
            let grain = [1, 2, 5, 64, 128, 1000].randomElement(using: &random)!
            let lanes = Int.random(in: 2...9, using: &random)
            var (shares, front, end) = (RegionShares(), 0, count)
            while true {
                let asOwner = Bool.random(using: &random)
                guard let next = shares.taking(of: count, grain: grain, lanes: lanes, asOwner: asOwner) else { break }
                #expect(asOwner ? next.range.lowerBound == front : next.range.upperBound == end)
                #expect(next.range.count >= min(grain, count))
                #expect(grain % 64 != 0 || next.range.lowerBound % 64 == 0)
                if asOwner { front = next.range.upperBound } else { end = next.range.lowerBound }
                #expect(end == front || end - front >= grain)
                shares = next.shares
            }
            #expect(front == end)
        }
    }

    @Test func mostIndicesFit() {
        var shares = RegionShares()
        for asOwner in [false, true, false, true] {
            let next = shares.taking(of: RegionShares.mostIndices, grain: 1, lanes: 2, asOwner: asOwner)
            #expect(next != nil)
            shares = next?.shares ?? shares
        }
        let all = RegionShares().taking(of: RegionShares.mostIndices, grain: .max, lanes: 2, asOwner: false)
        #expect(all?.range == 0..<RegionShares.mostIndices)
        #expect(all?.shares.taking(of: RegionShares.mostIndices, grain: 1, lanes: 2, asOwner: true) == nil)
    }

    @Test func largeGrainsAreEven() {
        #expect(RegionShares.evenGrain(1) == 1)
        #expect(RegionShares.evenGrain(63) == 63)
        #expect(RegionShares.evenGrain(64) == 64)
        #expect(RegionShares.evenGrain(65) == 128)
    }
}
