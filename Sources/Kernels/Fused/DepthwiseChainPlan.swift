/// How a chain of convolutions is computed band by band: some lines of the result at a time, with all that they need of what lies between
/// the convolutions, which then never leaves the second cache.
struct DepthwiseChainPlan: Equatable {
    /// Tasks of an image, and the lines of a band.
    let parts: Int
    let bandLines: Int
    /// Elements of memory for a band: lines of the expansion's result, then lines of the depthwise convolution's.
    let expanded: Int
    let filtered: Int
    private let batch: Int
    private let height: Int

    /// What lies between the convolutions of a band.
    private static let bandBytes = 512.0 * 1024
    /// What the second cache of a thread that has no help holds together with some weights.
    private static let cacheBytes = 1024.0 * 1024
    /// Weights that are read again for each image should stay there.
    private static let weightBytes = 512 << 10

    /// Nil if nothing is to be gained: all of it stays in one cache anyway, or a single line does not, or several threads would compute
    /// too much of it twice.
    /// - Parameters:
    ///   - geometry: of the depthwise convolution, whose result is not empty.
    ///   - expands: whether its input is computed from fewer channels; `projects`: whether its result is not the chain's.
    ///   - weightBytes: of the convolutions of single pixels.
    init?(_ geometry: DepthwiseGeometry, expands: Bool, projects: Bool, weightBytes: Int, threads: Int) {
        let (rows, columns) = (geometry.height, geometry.width)
        let window = Self.inputRows(1, rows)
        // In `Double`: what lies between the convolutions may be too large to exist.
        let lineBytes = Double(geometry.channels) * Double(MemoryLayout<Float>.stride)
        func bytes(_ inputRows: Int, _ outputRows: Int) -> Double {
            let pixels = Double(inputRows) * Double(expands ? columns.input : 0)
            return lineBytes * (pixels + Double(outputRows) * Double(projects ? columns.output : 0))
        }
        let isLarge = bytes(rows.input, rows.output) * Double(geometry.batch) > Self.cacheBytes
        guard isLarge || threads > 1, bytes(window, 1) <= Self.bandBytes, weightBytes <= Self.weightBytes,
            let parts = Self.parts(rows, batch: geometry.batch, threads: threads, expands: expands)
        else { return nil }
        let inputLine = expands ? columns.input &* geometry.channels : 0
        let outputLine = projects ? columns.output &* geometry.channels : 0
        let room = Int(Self.bandBytes) / MemoryLayout<Float>.stride &- (window &* inputLine &+ outputLine)
        batch = geometry.batch
        height = rows.output
        self.parts = parts
        bandLines = min(1 &+ room / max(rows.stride &* inputLine &+ outputLine, 1), (height &- 1) / parts &+ 1)
        expanded = Self.inputRows(bandLines, rows) &* inputLine
        filtered = bandLines &* outputLine
    }

    /// Into how many tasks to cut an image, so that all threads have some and few rows are computed twice where two tasks meet; nil
    /// if those would be too many.
    private static func parts(_ rows: WindowAxis, batch: Int, threads: Int, expands: Bool) -> Int? {
        guard threads > 1 else { return 1 }
        let shared = expands ? max(0, (rows.window &- 1) &* rows.dilation &+ 1 &- rows.stride) : 0
        /// The most parts that have at least `times` as many rows of their own as they share with the next.
        func most(_ times: Int) -> Int {
            max(1, rows.output / max(1, (min(shared, rows.input) &* times &- 1) / rows.stride &+ 1))
        }
        var parts = min((4 &* threads &- 1) / batch &+ 1, most(4))
        if batch &* parts < threads { parts = min((threads &- 1) / batch &+ 1, most(2)) }
        guard batch &* parts >= threads else { return nil }
        return batch == 1 ? parts / threads &* threads : parts
    }

    /// The most rows of the input under so many lines of windows.
    private static func inputRows(_ lines: Int, _ rows: WindowAxis) -> Int {
        min(rows.input, (lines &- 1) &* rows.stride &+ (rows.window &- 1) &* rows.dilation &+ 1)
    }

    var taskCount: Int { batch &* parts }

    /// The image and the lines of a task.
    func part(_ task: Int) -> (image: Int, lines: Range<Int>) {
        let (image, part) = task.quotientAndRemainder(dividingBy: parts)
        return (image, height &* part / parts..<height &* (part &+ 1) / parts)
    }
}
