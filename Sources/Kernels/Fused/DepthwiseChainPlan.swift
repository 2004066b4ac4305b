/// How a chain of convolutions is computed band by band: some lines of the result at a time, with all that they need of what lies between
/// the convolutions, which then never leaves the second cache.
struct DepthwiseChainPlan: Equatable {
    /// Tasks of an image, lines of the result of a task, and of those the ones of a band.
    let parts: Int
    let lines: Int
    let bandLines: Int
    /// Elements of memory for a band: lines of the expansion's result, then lines of the depthwise convolution's.
    let expanded: Int
    let filtered: Int
    private let batch: Int
    private let height: Int

    /// What lies between the convolutions of a band.
    private static let bandBytes = 512.0 * 1024
    /// What the second cache holds together with some weights.
    private static let cacheBytes = 1024.0 * 1024
    /// Weights that are read again for each image should stay there.
    private static let weightBytes = 512 << 10

    /// Nil if nothing is to be gained: all of it stays in the cache anyway, or a single line does not.
    /// - Parameters:
    ///   - geometry: of the depthwise convolution, whose result is not empty.
    ///   - expands: whether its input is computed from fewer channels; `projects`: whether its result is not the chain's.
    ///   - weightBytes: of the convolutions of single pixels.
    init?(_ geometry: DepthwiseGeometry, expands: Bool, projects: Bool, weightBytes: Int, threads: Int) {
        let (rows, columns) = (geometry.height, geometry.width)
        let float = MemoryLayout<Float>.stride
        // In `Double`: what lies between the convolutions may be too large to exist.
        let (read, written) = (Double(columns.input), Double(columns.output))
        let bytes = Double(geometry.channels) * Double(float)
        let window = Self.inputRows(1, rows)
        let smallestBytes = bytes * ((expands ? Double(window) * read : 0) + (projects ? written : 0))
        let betweenBytes =
            bytes * Double(geometry.batch)
            * ((expands ? Double(rows.input) * read : 0) + (projects ? Double(rows.output) * written : 0))
        guard betweenBytes > Self.cacheBytes, smallestBytes <= Self.bandBytes, weightBytes <= Self.weightBytes,
            geometry.batch &* rows.output >= threads
        else { return nil }
        let inputLine = expands ? columns.input &* geometry.channels : 0
        let outputLine = projects ? columns.output &* geometry.channels : 0
        let smallest = window &* inputLine &+ outputLine
        batch = geometry.batch
        height = rows.output
        // Lines under two windows are computed twice where a task begins.
        let overlap = max(0, (rows.window &- 1) &* rows.dilation &+ 1 &- rows.stride) / rows.stride &+ 1
        let wanted = batch >= 2 &* threads || threads == 1 ? 1 : (2 &* threads &- 1) / batch &+ 1
        let most = max(1, min(wanted, height / (4 &* overlap)))
        lines = (height &- 1) / most &+ 1
        parts = (height &- 1) / lines &+ 1
        let step = rows.stride &* inputLine &+ outputLine
        let fitting = 1 &+ (Int(Self.bandBytes) / float &- smallest) / max(step, 1)
        bandLines = min(fitting, lines)
        expanded = Self.inputRows(bandLines, rows) &* inputLine
        filtered = bandLines &* outputLine
    }

    /// The most rows of the input under so many lines of windows.
    private static func inputRows(_ lines: Int, _ rows: WindowAxis) -> Int {
        min(rows.input, (lines &- 1) &* rows.stride &+ (rows.window &- 1) &* rows.dilation &+ 1)
    }

    var taskCount: Int { batch &* parts }

    /// The image and the lines of a task.
    func part(_ task: Int) -> (image: Int, lines: Range<Int>) {
        let (image, part) = task.quotientAndRemainder(dividingBy: parts)
        return (image, part &* lines..<min((part &+ 1) &* lines, height))
    }
}
