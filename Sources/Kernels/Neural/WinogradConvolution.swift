import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A convolution of `Float` pictures with windows of 3 × 3, stride 1, by minimal filtering: a product of channels at each point
/// of transformed tiles, with fewer multiplications than the windows have.
///
/// Its sums differ from exact ones by at most some 10⁻⁵ of the sum of magnitudes (tiles of four) or 10⁻⁶ (tiles of two). Tiles with
/// elements that are infinite, not numbers, or so large that transformed sums could overflow are computed directly.
struct WinogradConvolution: Sendable {
    private let tile: WinogradTile
    /// The transformed weights, and behind them the sum of the squares of those that they were made from.
    private let weights: Tensor
    private let filter: ConstantWeights
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
        let columns = WinogradConvolution.columns(filter)
        let points = tile.points * tile.points
        let (count, overflow) = (columns.elementCount ?? .max).multipliedReportingOverflow(by: points)
        weights = try construction.packed(
            filter, layout: WinogradConvolution.layoutName(filter, tile), count: overflow ? .max : count &+ 1
        ) { values, target in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs * outputs) { matrix in
                for point in 0..<points {
                    tile.transform(values, count: inputs * outputs, point, to: matrix.baseAddress!)
                    columns.pack(matrix.baseAddress!, rowStride: outputs, to: target + point * count / points)
                }
            }
            target[count] = WinogradConvolution.squares(values, count: 9 * inputs * outputs)
        }
        self.filter = filter
        self.tile = tile
        self.columns = columns
    }

    /// One point's columns.
    private static func columns(_ filter: ConstantWeights) -> PackedColumns {
        PackedColumns(depth: filter.matrix.depth, columnCount: filter.matrix.channels)
    }

    /// What the layout of such weights is called.
    static func layoutName(_ filter: ConstantWeights, _ tile: WinogradTile) -> String {
        "tiles of \(tile.outputs), \(columns(filter).name)"
    }

    /// False if the weights are so large, or no numbers, that the transformed ones must not be used.
    var suitsWeights: Bool {
        weights.pointer(Float.self)[weights.elementCount - 1] < WinogradConvolution.largestFilterSquares
    }

    /// Transformations and sums multiply what they are given by less than 2²⁰ times the number of channels: with elements below
    /// 2⁵⁰, and weights below 2³⁰, nothing overflows.
    static let largestSquares: Float = 0x1p100
    private static let largestFilterSquares: Float = 0x1p60

    /// The sum of the squares of `count` elements.
    static func squares(_ elements: UnsafePointer<Float>, count: Int) -> Float {
        let width = SIMD16<Float>.scalarCount
        var squares = SIMD16<Float>.zero
        for start in stride(from: 0, to: count - width + 1, by: width) {
            let values = UnsafeRawPointer(elements + start).loadUnaligned(as: SIMD16<Float>.self)
            squares += values * values
        }
        var sum: Float = 0
        for lane in 0..<width { sum += squares[lane] }
        for index in count / width * width..<count { sum += elements[index] * elements[index] }
        return sum
    }

    /// Computes all of the result, which must not be empty.
    ///
    /// If elements of the input can't be transformed, throws as `ConstantWeights.withValues` does, or RESOURCE_EXHAUSTED.
    func run(
        _ geometry: ConvolutionGeometry, _ operands: ConvolutionOperands, in context: borrowing KernelContext
    ) throws(Status) {
        let tiles = WinogradTiles(geometry, tile)
        let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
        let nanoseconds = Double(tiles.count) * Double(pointCount) * Double(inputs) * Double(outputs) * 0.01
        let stride = MemoryLayout<Float>.stride
        let plan = WinogradPlan(
            tileCount: tiles.count, inputBytes: pointCount * inputs * stride,
            outputBytes: pointCount * outputs * stride,
            weightBytes: weights.elementCount * stride, panelCount: columns.panelCount,
            tileRows: ProductKernels.current.tileRows,
            threads: context.laneCount(tiles: context.threadCount, cost: nanoseconds / Double(context.threadCount)))
        let tasks = plan.taskCount
        let lanes = context.laneCount(tiles: tasks, cost: nanoseconds / Double(tasks))
        let layout = WinogradJob.Layout(plan, tile, inputs: inputs, columns: columns)
        let scratch = try context.allocateTemporary(.float, [lanes, layout.size])
        let marks = try context.allocateTemporary(.bool, [tasks, plan.tiles])
        let job = WinogradJob(
            tiles: tiles, plan: plan, layout: layout, operands: operands, columns: columns,
            weights: weights.pointer(Float.self), scratch: scratch.pointer(Float.self), marks: marks.pointer(Bool.self))
        context.forEachTile(tasks, lanes: lanes, cost: nanoseconds / Double(tasks)) { task, lane in
            job.run(task, lane)
        }
        guard job.hasLeftTiles else { return }
        // What was already computed may have been written over its residual, but that of the tiles left is as it was.
        let direct = try DirectConvolution(filter, for: context)
        let all = try context.allocateTemporary(.float, [geometry.batch * geometry.outputPlaces * outputs])
        var others = operands
        others.output = all.pointer(Float.self)
        try direct.run(geometry, others, in: context)
        job.copyLeftTiles(from: all.pointer(Float.self))
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
