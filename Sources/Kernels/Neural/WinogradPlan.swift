/// How a convolution by minimal filtering is cut into tasks: tiles, and for each of these parts of the columns of the filter.
///
/// A task transforms the input of its tiles. Where weights are much and tiles few, threads that share the tiles would all read all
/// weights; then they share the columns, and each transforms the input for itself, which is far less work. More tiles than fit
/// into the cache at a time are shared: a thread alone would read its weights again for each part of them.
struct WinogradPlan: Equatable {
    /// Tiles of a task.
    let tiles: Int
    /// Panels of columns of a task.
    let panels: Int
    private let tileCount: Int
    private let panelCount: Int

    /// What a task works on besides weights should lie in the second cache, yet weights be read for several tiles at a time.
    private static let taskBytes = 640 << 10
    /// A thread keeps so much weight in its own caches from task to task.
    private static let keptBytes = 640 << 10

    /// - Parameters:
    ///   - tileCount: the tiles of all pictures, at least 1; so are all sizes.
    ///   - inputBytes: what the transformed input of a tile takes.
    ///   - outputBytes: what the sums of a tile take, of all columns.
    ///   - weightBytes: all transformed weights.
    ///   - tileRows: how many rows of a product are computed at a time.
    ///   - threads: how many it is worth to use.
    init(
        tileCount: Int, inputBytes: Int, outputBytes: Int, weightBytes: Int, panelCount: Int, tileRows: Int,
        threads: Int
    ) {
        self.tileCount = tileCount
        self.panelCount = panelCount
        let parts = min(threads, panelCount)
        if parts > 1, weightBytes > WinogradPlan.keptBytes,
            tileCount <= WinogradPlan.wantedTiles(inputBytes + outputBytes / parts, tileRows)
        {
            panels = (panelCount &- 1) / parts &+ 1
            tiles = (tileCount &- 1) / min(threads / parts, tileCount) &+ 1
        } else {
            panels = panelCount
            let wanted = WinogradPlan.wantedTiles(inputBytes + outputBytes, tileRows)
            let tasks = ((tileCount &- 1) / wanted / threads &+ 1) &* threads
            tiles = (tileCount &- 1) / min(tasks, tileCount) &+ 1
        }
    }

    private static func wantedTiles(_ tileBytes: Int, _ tileRows: Int) -> Int {
        max(taskBytes / max(tileBytes, 1) / tileRows, 2) &* tileRows
    }

    private var columnParts: Int { (panelCount &- 1) / panels &+ 1 }
    var taskCount: Int { ((tileCount &- 1) / tiles &+ 1) &* columnParts }

    func part(_ task: Int) -> (tiles: Range<Int>, panels: Range<Int>) {
        let (group, column) = task.quotientAndRemainder(dividingBy: columnParts)
        return (
            group &* tiles..<min((group &+ 1) &* tiles, tileCount),
            column &* panels..<min((column &+ 1) &* panels, panelCount)
        )
    }
}
