import Execution
import Synchronization

/// Hands out the tiles of one kernel call to the threads that work on it.
private final class TileQueue: Sendable {
    private let next = Atomic<Int>(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    func take() -> Int? {
        let tile = next.add(1, ordering: .relaxed).oldValue
        return tile < count ? tile : nil
    }
}

extension KernelContext {
    /// The number of lanes worth using for `tiles` tiles of `cost` nanoseconds each; a lane has scratch memory of its own.
    func laneCount(tiles: Int, cost: Double) -> Int {
        let worthwhile = max(1, Int(min(cost * Double(tiles) / 20_000, 1e6)))
        return max(1, min(threadCount, tiles, worthwhile))
    }

    /// Calls `body` once for each tile with the lane that the call may use alone; lanes run at the same time.
    func forEachTile(_ tiles: Int, lanes: Int, _ body: @escaping (_ tile: Int, _ lane: Int) -> Void) {
        guard lanes > 1 else {
            for tile in 0..<tiles { body(tile, 0) }
            return
        }
        let queue = TileQueue(tiles)
        parallelFor(lanes, cost: 1e9) { range in
            for lane in range {
                while let tile = queue.take() { body(tile, lane) }
            }
        }
    }
}
