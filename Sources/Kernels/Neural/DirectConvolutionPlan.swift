/// How a convolution is cut into tasks: parts of the pictures, and for each of them parts of the columns of the filter.
struct DirectConvolutionPlan: Equatable {
    /// Images of a task; more than one only if `lines` are all lines.
    let images: Int
    /// Lines of the result of each image of a task.
    let lines: Int
    /// Panels of columns of a task.
    let panels: Int
    private let batch: Int
    private let height: Int
    private let panelCount: Int

    /// What a task reads and writes besides weights should lie in the second cache.
    private static let taskBytes = 384 << 10

    /// - Parameters:
    ///   - lineBytes: what a line of the result and the lines of the input that it needs take.
    ///   - weightBytes: all weights.
    ///   - threads: how many it is worth to use.
    init(
        _ geometry: ConvolutionGeometry, lineBytes: Int, weightBytes: Int, panelCount: Int, tileRows: Int, threads: Int
    ) {
        batch = geometry.batch
        height = geometry.height.output
        self.panelCount = panelCount
        let lineRows = geometry.width.output
        let rows = batch &* height &* lineRows
        let isNarrow = rows < threads &* 4 &* tileRows
        let inputBytes = lineBytes &* height &* batch
        let splitsColumns = threads > 1 && panelCount >= threads && (isNarrow || weightBytes > inputBytes)
        let parts = splitsColumns ? min(panelCount, panelCount >= threads &* 4 ? threads &* 2 : threads) : 1
        panels = (panelCount &- 1) / parts &+ 1
        let fewest = splitsColumns ? 1 : threads
        let wanted = max(Self.taskBytes / max(lineBytes, 1), (4 &* tileRows &- 1) / lineRows &+ 1, 1)
        if wanted >= height, batch >= fewest {
            let count = max((batch &* height &- 1) / (wanted / height &* height) &+ 1, fewest)
            images = (batch &- 1) / min(count, batch) &+ 1
            lines = height
        } else {
            images = 1
            var parts = max((height &- 1) / wanted &+ 1, (fewest &- 1) / batch &+ 1)
            if batch == 1, parts > 1, !splitsColumns { parts = ((parts &- 1) / threads &+ 1) &* threads }
            lines = (height &- 1) / min(parts, height) &+ 1
        }
    }

    private var unitsPerImage: Int { (height &- 1) / lines &+ 1 }
    private var columnParts: Int { (panelCount &- 1) / panels &+ 1 }
    var taskCount: Int { ((batch &- 1) / images &+ 1) &* unitsPerImage &* columnParts }

    /// One task.
    struct Part: Equatable {
        var firstImage: Int
        var images: Int
        var firstLine: Int
        var lines: Int
        var panels: Range<Int>
    }

    func part(_ task: Int) -> Part {
        let (rest, column) = task.quotientAndRemainder(dividingBy: columnParts)
        let (group, unit) = rest.quotientAndRemainder(dividingBy: unitsPerImage)
        let image = group &* images
        let line = unit &* lines
        return Part(
            firstImage: image, images: min(images, batch &- image), firstLine: line, lines: min(lines, height &- line),
            panels: column &* panels..<min((column &+ 1) &* panels, panelCount))
    }
}
