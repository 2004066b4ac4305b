import MicrokernelTypes

/// One call; its tasks run on several threads.
struct WinogradJob {
    let tiles: WinogradTiles
    let plan: WinogradPlan
    let layout: Layout
    let operands: ConvolutionOperands
    let columns: PackedColumns
    let weights: UnsafePointer<Float>
    /// As `layout` says, for each lane.
    let scratch: UnsafeMutablePointer<Float>
    /// For each tile of a task whether it could be transformed.
    let marks: UnsafeMutablePointer<Bool>

    /// The memory of a task, in elements: for each point the transformed input of all tiles, then for each point their sums, then a
    /// patch of the input.
    struct Layout {
        /// From the values of one point to those of the next.
        let inputPoint: Int
        let sumPoint: Int
        let sums: Int
        let patch: Int
        let patchSize: Int
        var size: Int { patch &+ patchSize }

        init(_ plan: WinogradPlan, _ tile: WinogradTile, inputs: Int, columns: PackedColumns) {
            let points = tile.points * tile.points
            inputPoint = Layout.spread(plan.tiles * inputs)
            sumPoint = Layout.spread(plan.tiles * min(plan.panels * columns.panelWidth, columns.columnCount))
            sums = points * inputPoint
            patch = sums + points * sumPoint
            patchSize = points * inputs
        }

        /// A transformation works at all points at once: they must not lie at a distance at which lines of memory push each other out
        /// of the first cache.
        private static func spread(_ size: Int) -> Int { size % 512 == 0 ? size + 16 : size }
    }

    func run(_ task: Int, _ lane: Int) {
        let (range, panels) = plan.part(task)
        let inputChannels = tiles.geometry.inputChannels
        let inputs = scratch + lane &* layout.size
        let patch = inputs + layout.patch
        let marks = marks + task &* plan.tiles
        for (row, index) in range.enumerated() {
            let squares = transformInput(index, patch: patch, to: inputs + row &* inputChannels)
            marks[row] = squares < WinogradConvolution.largestSquares
        }
        let part = columns(of: panels)
        multiply(inputs, rows: range.count, part)
        for (row, index) in range.enumerated() where marks[row] {
            transformOutput(index, inputs + (layout.sums &+ row &* part.count), part)
        }
    }

    private func columns(of panels: Range<Int>) -> Range<Int> {
        panels.lowerBound &* columns.panelWidth..<min(panels.upperBound &* columns.panelWidth, columns.columnCount)
    }

    /// The products of the columns `part` at all points.
    private func multiply(_ inputs: UnsafeMutablePointer<Float>, rows: Int, _ part: Range<Int>) {
        let points = tiles.tile.points &* tiles.tile.points
        let inputChannels = tiles.geometry.inputChannels
        let pointWeights = columns.panelCount &* columns.panelWidth &* columns.depth
        var b = weights + columns.offset(ofColumn: part.lowerBound)
        withUnsafePointer(to: 0) { tap in
            for point in 0..<points {
                var call = ProductCall(
                    a: inputs + point &* layout.inputPoint, rowStride: inputChannels, rowCount: rows, taps: tap,
                    tapCount: 1, tapDepth: inputChannels, b: b, columnCount: part.count,
                    c: inputs + (layout.sums &+ point &* layout.sumPoint), resultStride: part.count)
                b += pointWeights
                call.following = UnsafeRawPointer(b)
                ProductKernels.current.run(call)
            }
        }
    }

    /// Returns the sum of the squares of the elements.
    private func transformInput(
        _ index: Int, patch: UnsafeMutablePointer<Float>, to result: UnsafeMutablePointer<Float>
    ) -> Float {
        let geometry = tiles.geometry
        let (image, top, left) = tiles.place(index)
        let y = top &- geometry.height.before
        let x = left &- geometry.width.before
        let size = tiles.tile.points
        let channels = geometry.inputChannels
        let line = geometry.width.input &* channels
        let picture = operands.input + image &* geometry.height.input &* line
        var call = WinogradInputCall(
            input: picture, lineStride: line, pixelStride: channels, channels: channels, result: result,
            pointStride: layout.inputPoint)
        if y >= 0, x >= 0, y &+ size <= geometry.height.input, x &+ size <= geometry.width.input {
            call.input = picture + (y &* line &+ x &* channels)
        } else {
            copyPatch(picture, y, x, to: patch)
            call.input = UnsafePointer(patch)
            call.lineStride = size &* channels
        }
        return WinogradKernels.current.transformInput(tiles.tile, call)
    }

    /// Copies what a tile that reaches beyond the picture needs, with zeros around.
    private func copyPatch(
        _ picture: UnsafePointer<Float>, _ y: Int, _ x: Int, to patch: UnsafeMutablePointer<Float>
    ) {
        let geometry = tiles.geometry
        let size = tiles.tile.points
        let channels = geometry.inputChannels
        patch.update(repeating: 0, count: size &* size &* channels)
        let columns = max(0, 0 &- x)..<max(0, 0 &- x, min(size, geometry.width.input &- x))
        guard !columns.isEmpty else { return }
        for line in 0..<size where y &+ line >= 0 && y &+ line < geometry.height.input {
            (patch + (line &* size &+ columns.lowerBound) &* channels).update(
                from: picture + ((y &+ line) &* geometry.width.input &+ x &+ columns.lowerBound) &* channels,
                count: columns.count &* channels)
        }
    }

    /// Computes the columns `part` of the results of a tile from their sums.
    private func transformOutput(_ index: Int, _ sums: UnsafePointer<Float>, _ part: Range<Int>) {
        let geometry = tiles.geometry
        let (image, y, x) = tiles.place(index)
        let channels = geometry.outputChannels
        let line = geometry.width.output &* channels
        let offset = (image &* geometry.height.output &+ y) &* line &+ x &* channels &+ part.lowerBound
        var call = WinogradOutputCall(
            sums: sums, pointStride: layout.sumPoint, channels: part.count, result: operands.output + offset,
            lineStride: line, pixelStride: channels, lines: min(tiles.tile.outputs, geometry.height.output &- y),
            pixels: min(tiles.tile.outputs, geometry.width.output &- x))
        call.residual = operands.residual.map { $0 + offset }
        call.bias = operands.bias.map { $0 + part.lowerBound }
        if let limits = operands.activation.limits { (call.low, call.high) = limits }
        WinogradKernels.current.transformOutput(tiles.tile, call)
        guard operands.activation.limits == nil else { return }
        for index in 0..<call.lines {
            operands.activate(offset &+ index &* line, rows: call.pixels, columns: part.count, of: channels)
        }
    }

    /// Whether there are tiles that could not be transformed; after `run` for all tasks.
    var hasLeftTiles: Bool {
        (0..<plan.taskCount).contains { task in
            (0..<plan.part(task).tiles.count).contains { !marks[task &* plan.tiles &+ $0] }
        }
    }

    /// Copies the tiles that `run` has left from another result.
    func copyLeftTiles(from result: UnsafePointer<Float>) {
        let (height, width) = (tiles.geometry.height.output, tiles.geometry.width.output)
        let channels = tiles.geometry.outputChannels
        for task in 0..<plan.taskCount {
            for (row, index) in plan.part(task).tiles.enumerated() where !marks[task &* plan.tiles &+ row] {
                let (image, top, left) = tiles.place(index)
                for y in top..<min(top &+ tiles.tile.outputs, height) {
                    let place = ((image &* height &+ y) &* width &+ left) &* channels
                    let pixels = min(tiles.tile.outputs, width &- left)
                    (operands.output + place).update(from: result + place, count: pixels &* channels)
                }
            }
        }
    }
}
