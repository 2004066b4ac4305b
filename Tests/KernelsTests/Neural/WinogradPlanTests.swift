import Testing

@testable import Kernels

/// However the tiles and columns are cut, every tile of every panel belongs to exactly one task.
@Suite struct WinogradPlanTests {
    @Test func tasksCoverEverythingOnce() {
        var numbers = SeededNumbers(61)
        for _ in 0..<2000 {
            let (tiles, panels) = (numbers.next(1...300), numbers.next(1...20))
            let plan = WinogradPlan(
                tileCount: tiles, inputBytes: numbers.next(1...100_000), outputBytes: numbers.next(1...100_000),
                weightBytes: numbers.next(1...5_000_000), panelCount: panels, tileRows: numbers.next(4...14),
                threads: numbers.next(1...9))
            var counts = [Int](repeating: 0, count: tiles * panels)
            for task in 0..<plan.taskCount {
                let part = plan.part(task)
                #expect(!part.tiles.isEmpty && part.tiles.count <= plan.tiles)
                #expect(!part.panels.isEmpty && part.panels.count <= plan.panels)
                for tile in part.tiles { for panel in part.panels { counts[tile * panels + panel] += 1 } }
            }
            #expect(counts.allSatisfy { $0 == 1 }, "\(plan)")
        }
    }

    private func plan(
        tiles: Int, points: Int, inputs: Int, outputs: Int, threads: Int
    ) -> WinogradPlan {
        WinogradPlan(
            tileCount: tiles, inputBytes: points * inputs * 4, outputBytes: points * outputs * 4,
            weightBytes: points * inputs * outputs * 4, panelCount: outputs / 32, tileRows: 14, threads: threads)
    }

    /// Few places and many weights: each thread reads a part of the weights.
    @Test func columnsOfSmallPicturesAreSplit() {
        let plan = plan(tiles: 16, points: 16, inputs: 512, outputs: 512, threads: 2)
        #expect(plan.tiles == 16)
        #expect(plan.panels == 8)
        #expect(plan.taskCount == 2)
    }

    /// Weights that stay in the caches of each thread are read by all of them.
    @Test func tilesOfLargePicturesAreSplit() {
        let plan = plan(tiles: 196, points: 36, inputs: 64, outputs: 64, threads: 2)
        #expect(plan.panels == 2)
        #expect(plan.taskCount % 2 == 0)
    }

    @Test func oneThreadTakesAllColumns() {
        let plan = plan(tiles: 16, points: 16, inputs: 512, outputs: 512, threads: 1)
        #expect(plan.panels == 16)
    }

    /// More threads than panels share the tiles, too.
    @Test func manyThreadsAreAllBusy() {
        let plan = plan(tiles: 25, points: 36, inputs: 256, outputs: 64, threads: 8)
        #expect(plan.taskCount >= 8)
    }
}
