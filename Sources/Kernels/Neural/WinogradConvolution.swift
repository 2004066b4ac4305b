import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A convolution of `Float` pictures with windows of 3 × 3, stride 1, by minimal filtering: a product of channels at each point
/// of transformed tiles, with fewer multiplications than the windows have.
///
/// Its sums differ from exact ones by at most some 10⁻⁵ of the sum of magnitudes (tiles of four) or 10⁻⁶ (tiles of two). A value
/// that is infinite or not a number spreads over its tile.
struct WinogradConvolution: Sendable {
    private let tile: WinogradTile
    private let weights: Tensor
    /// One point's columns.
    private let columns: PackedColumns

    private var pointCount: Int { tile.points &* tile.points }

    /// True if this algorithm can compute a convolution with a filter of this shape.
    static func supports(filter: TensorShape, _ attributes: WindowAttributes, groups: Int) -> Bool {
        let width = WinogradKernels.current.vectorWidth
        return filter[0] == 3 && filter[1] == 3 && groups == 1 && attributes.strides == [1, 1]
            && attributes.dilations == [1, 1] && filter[2] >= width && filter[3] % width == 0
    }

    /// - Parameter filter: of a shape that `supports` accepts.
    /// Throws as `KernelConstruction.packed` does.
    init(_ construction: KernelConstruction, filter: ConstantWeights, tile: WinogradTile) throws(Status) {
        let (inputs, outputs) = (filter.matrix.depth, filter.matrix.channels)
        let columns = PackedColumns(depth: inputs, columnCount: outputs)
        let points = tile.points * tile.points
        let (count, overflow) = (columns.elementCount ?? .max).multipliedReportingOverflow(by: points)
        weights = try construction.packed(
            filter, layout: "tiles of \(tile.outputs), \(columns.name)", count: overflow ? .max : count
        ) { values, target in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs * outputs) { matrix in
                for point in 0..<points {
                    tile.transform(values, count: inputs * outputs, point, to: matrix.baseAddress!)
                    columns.pack(matrix.baseAddress!, rowStride: outputs, to: target + point * count / points)
                }
            }
        }
        self.tile = tile
        self.columns = columns
    }

    /// Computes all of the result, which must not be empty.
    func run(
        _ geometry: ConvolutionGeometry, _ operands: ConvolutionOperands, in context: borrowing KernelContext
    ) throws(Status) {
        let tiles = WinogradTiles(geometry, tile)
        let tileSize = pointCount * (geometry.inputChannels + geometry.outputChannels)
        let nanoseconds =
            Double(tiles.count) * Double(pointCount) * Double(geometry.inputChannels)
            * Double(geometry.outputChannels) * 0.01
        let threads = context.laneCount(tiles: tiles.count, cost: nanoseconds / Double(tiles.count))
        let size = WinogradConvolution.taskTiles(tiles.count, tileBytes: tileSize * 4, threads: threads)
        let tasks = (tiles.count - 1) / size + 1
        let lanes = min(threads, tasks)
        let patchSize = pointCount * geometry.inputChannels
        let laneSize = size * tileSize + patchSize
        let scratch = try context.allocateTemporary(.float, [lanes, laneSize])
        let job = WinogradJob(
            tiles: tiles, operands: operands, columns: columns, weights: weights.pointer(Float.self),
            scratch: scratch.pointer(Float.self), laneSize: laneSize, patchSize: patchSize)
        context.forEachTile(tasks, lanes: lanes, cost: nanoseconds / Double(tasks)) { task, lane in
            job.run(task * size..<min((task + 1) * size, tiles.count), lane)
        }
    }

    /// The transformed values of a task should stay in the cache, yet weights be read for several tiles at a time.
    private static let taskBytes = 640 << 10

    private static func taskTiles(_ count: Int, tileBytes: Int, threads: Int) -> Int {
        let rows = ProductKernels.current.tileRows
        let wanted = max(taskBytes / tileBytes / rows, 2) &* rows
        let tasks = ((count &- 1) / wanted / threads &+ 1) &* threads
        return (count &- 1) / min(tasks, count) &+ 1
    }
}

/// The tiles of all pictures of a convolution.
struct WinogradTiles {
    let geometry: ConvolutionGeometry
    let tile: WinogradTile
    let across: Int
    let down: Int

    init(_ geometry: ConvolutionGeometry, _ tile: WinogradTile) {
        self.geometry = geometry
        self.tile = tile
        across = (geometry.width.output &- 1) / tile.outputs &+ 1
        down = (geometry.height.output &- 1) / tile.outputs &+ 1
    }

    var count: Int { geometry.batch &* across &* down }

    /// The image of tile `index` and the place of its first result.
    func place(_ index: Int) -> (image: Int, y: Int, x: Int) {
        let (rest, x) = index.quotientAndRemainder(dividingBy: across)
        let (image, y) = rest.quotientAndRemainder(dividingBy: down)
        return (image, y &* tile.outputs, x &* tile.outputs)
    }
}

/// One call; its tasks run on several threads.
private struct WinogradJob {
    let tiles: WinogradTiles
    let operands: ConvolutionOperands
    let columns: PackedColumns
    let weights: UnsafePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    /// Elements of `scratch` for each lane: transformed input, sums, and at the end a patch.
    let laneSize: Int
    let patchSize: Int

    func run(_ range: Range<Int>, _ lane: Int) {
        let geometry = tiles.geometry
        let points = tiles.tile.points &* tiles.tile.points
        let inputs = scratch + lane &* laneSize
        let inputPoint = range.count &* geometry.inputChannels
        let sums = inputs + points &* inputPoint
        let sumPoint = range.count &* geometry.outputChannels
        let patch = scratch + ((lane &+ 1) &* laneSize &- patchSize)
        for index in range {
            let result = inputs + (index &- range.lowerBound) &* geometry.inputChannels
            transformInput(index, patch: patch, to: result, pointStride: inputPoint)
        }
        var tap = 0
        withUnsafePointer(to: &tap) { tap in
            for point in 0..<points {
                ProductKernels.current.run(
                    ProductCall(
                        a: inputs + point &* inputPoint, rowStride: geometry.inputChannels, rowCount: range.count,
                        taps: tap, tapCount: 1, tapDepth: geometry.inputChannels,
                        b: weights + point &* columns.panelCount &* columns.panelWidth &* columns.depth,
                        columnCount: geometry.outputChannels, c: sums + point &* sumPoint,
                        resultStride: geometry.outputChannels))
            }
        }
        for index in range {
            transformOutput(
                index, sums + (index &- range.lowerBound) &* geometry.outputChannels, pointStride: sumPoint)
        }
    }

    private func transformInput(
        _ index: Int, patch: UnsafeMutablePointer<Float>, to result: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
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
            pointStride: pointStride)
        if y >= 0, x >= 0, y &+ size <= geometry.height.input, x &+ size <= geometry.width.input {
            call.input = picture + (y &* line &+ x &* channels)
        } else {
            copyPatch(picture, y, x, to: patch)
            call.input = UnsafePointer(patch)
            call.lineStride = size &* channels
        }
        WinogradKernels.current.transformInput(tiles.tile, call)
    }

    /// Copies what a tile that reaches beyond the picture needs, with zeros around.
    private func copyPatch(
        _ picture: UnsafePointer<Float>, _ y: Int, _ x: Int, to patch: UnsafeMutablePointer<Float>
    ) {
        let geometry = tiles.geometry
        let size = tiles.tile.points
        let channels = geometry.inputChannels
        patch.update(repeating: 0, count: patchSize)
        let columns = max(0, 0 &- x)..<max(0, 0 &- x, min(size, geometry.width.input &- x))
        guard !columns.isEmpty else { return }
        for line in 0..<size where y &+ line >= 0 && y &+ line < geometry.height.input {
            (patch + (line &* size &+ columns.lowerBound) &* channels).update(
                from: picture + ((y &+ line) &* geometry.width.input &+ x &+ columns.lowerBound) &* channels,
                count: columns.count &* channels)
        }
    }

    private func transformOutput(_ index: Int, _ sums: UnsafePointer<Float>, pointStride: Int) {
        let geometry = tiles.geometry
        let (image, y, x) = tiles.place(index)
        let channels = geometry.outputChannels
        let line = geometry.width.output &* channels
        let offset = (image &* geometry.height.output &+ y) &* line &+ x &* channels
        var call = WinogradOutputCall(
            sums: sums, pointStride: pointStride, channels: channels, result: operands.output + offset,
            lineStride: line, pixelStride: channels, lines: min(tiles.tile.outputs, geometry.height.output &- y),
            pixels: min(tiles.tile.outputs, geometry.width.output &- x))
        call.residual = operands.residual.map { $0 + offset }
        call.bias = operands.bias
        if let limits = operands.activation.limits { (call.low, call.high) = limits }
        WinogradKernels.current.transformOutput(tiles.tile, call)
        guard operands.activation.limits == nil else { return }
        for index in 0..<call.lines {
            operands.activate(offset &+ index &* line, rows: call.pixels, columns: channels, of: channels)
        }
    }
}
