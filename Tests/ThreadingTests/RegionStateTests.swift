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
        for grain in [1, 2, 5, 1000] {
            var left = count
            var last = Int.max
            while left > 0 {
                let size = Region.pieceSize(left: left, grain: grain, lanes: lanes)
                #expect(size >= min(grain, count))
                #expect(size <= left)
                #expect(size <= max(last, 2 * grain))
                last = size
                left -= size
            }
        }
    }
}
