import TestSupport
import Testing

@testable import Threading

/// A region's life in steps that each do what one atomic exchange does, so that every order of them can be played.
private struct RegionModel {
    enum Helper {
        case outside
        /// Has read the state and may be about to enter with it.
        case reading(UInt64)
        case inside(generation: Int, pieces: Int)
    }

    enum Owner {
        case working
        case closed
    }

    let count: Int
    let grain: Int
    var word: UInt64
    var given = RegionShares()
    var generation = 0
    var owner = Owner.working
    var helpers: [Helper]
    /// How often each index was done in this generation.
    var hits: [Int]
    var faults: [String] = []

    init(count: Int, grain: Int, helpers: Int) {
        self.count = count
        self.grain = grain
        self.helpers = Array(repeating: .outside, count: helpers)
        hits = Array(repeating: 0, count: count)
        word = RegionState(roomFor: helpers).word
    }

    private mutating func takePiece(asOwner: Bool) -> Bool {
        guard
            let (range, shares) = given.taking(of: count, grain: grain, lanes: helpers.count + 1, asOwner: asOwner)
        else { return false }
        for index in range { hits[index] += 1 }
        given = shares
        return true
    }

    mutating func stepOwner() {
        switch owner {
        case .working:
            if takePiece(asOwner: true) { return }
            word &= RegionState.closingMask
            owner = .closed
        case .closed:
            guard RegionState(word: word).inside == 0 else { return }
            if hits.contains(where: { $0 != 1 }) { faults.append("generation \(generation): \(hits)") }
            generation += 1
            hits = Array(repeating: 0, count: count)
            given = RegionShares()
            word = RegionState(roomFor: generation % (helpers.count + 1)).word
            owner = .working
        }
    }

    mutating func step(helper: Int, leavesEarly: Bool) {
        switch helpers[helper] {
        case .outside: helpers[helper] = .reading(word)
        case .reading(let seen):
            guard let (next, lane) = RegionState(word: seen).entering() else {
                helpers[helper] = .outside
                return
            }
            guard seen == word else {
                helpers[helper] = .reading(word)
                return
            }
            word = next.word
            if lane > helpers.count { faults.append("lane \(lane)") }
            helpers[helper] = .inside(generation: generation, pieces: 0)
        case .inside(let begun, let pieces):
            if begun != generation { faults.append("inside of \(begun) in \(generation)") }
            if !leavesEarly, takePiece(asOwner: false) {
                helpers[helper] = .inside(generation: begun, pieces: pieces + 1)
            } else {
                word &-= RegionState.oneInside
                helpers[helper] = .outside
            }
        }
    }
}

@Test(arguments: 0..<20)
func regionsDoEachIndexOnceInAnyOrderOfSteps(seed: UInt64) {
    var random = Seeded(state: seed)
    var model = RegionModel(
        count: Int.random(in: 1...40, using: &random), grain: Int.random(in: 1...4, using: &random),
        helpers: Int.random(in: 1...4, using: &random))
    for _ in 0..<20_000 {
        let actor = Int.random(in: 0...model.helpers.count, using: &random)
        if actor == model.helpers.count {
            model.stepOwner()
        } else {
            model.step(helper: actor, leavesEarly: Int.random(in: 0..<8, using: &random) == 0)
        }
    }
    #expect(model.faults == [])
    #expect(model.generation > 10)
}
