import Execution

extension KernelContext {
    /// The number of lanes worth using for `tiles` tiles of `cost` nanoseconds each; a lane has scratch memory of its own.
    func laneCount(tiles: Int, cost: Double) -> Int {
        let worthwhile = max(1, Int(min(cost * Double(tiles) / KernelContext.shortestPiece, 1e6)))
        return max(1, min(threadCount, tiles, worthwhile))
    }

    /// Calls `body` once for each tile with the lane that the call may use alone; lanes run at the same time.
    /// - Parameter cost: the rough time of a tile in nanoseconds.
    func forEachTile(_ tiles: Int, lanes: Int, cost: Double = 1e6, _ body: (_ tile: Int, _ lane: Int) -> Void) {
        forEachPiece(of: tiles, cost: max(cost, KernelContext.shortestPiece), lanes: lanes) { range, lane in
            for tile in range { body(tile, lane) }
        }
    }
}
