import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A convolution of `Float` pictures with their channels last as products of rows that lie in the input: nothing is copied but
/// what needs a border of zeros.
struct DirectConvolution: Sendable {
    let weights: PackedMatrix
    /// One group's columns.
    private let columns: PackedColumns
    private let groups: Int

    /// - Parameters:
    ///   - filter: of shape [height, width, inputs of a group, outputs].
    ///   - groups: divides the outputs.
    /// Throws as `KernelConstruction.packed` does.
    init(_ construction: KernelConstruction, filter: ConstantWeights, groups: Int) throws(Status) {
        let (columns, panels) = DirectConvolution.layout(filter, groups)
        weights = try construction.packedMatrix(
            filter, layout: DirectConvolution.layoutName(filter, groups: groups), panels: panels
        ) { values, target in
            for group in 0..<groups {
                columns.pack(
                    values + group * columns.columnCount, rowStride: filter.matrix.channels,
                    to: target + group * panels.count / groups)
            }
        }
        self.columns = columns
        self.groups = groups
    }

    /// What the layout of such weights is called.
    static func layoutName(_ filter: ConstantWeights, groups: Int) -> String {
        "\(layout(filter, groups).columns.name), \(groups) groups"
    }

    /// For one call, with one group. Throws as `ConstantWeights.withValues` does.
    init(_ filter: ConstantWeights, for context: borrowing KernelContext) throws(Status) {
        let (columns, panels) = DirectConvolution.layout(filter, 1)
        let target = try context.allocateTemporary(.float, [panels.count])
        try filter.withValues {
            columns.pack($0, rowStride: filter.matrix.channels, to: target.pointer(Float.self))
        }
        weights = PackedMatrix(target, panels)
        self.columns = columns
        groups = 1
    }

    /// One group's columns, and the panels of all groups; too many elements to allocate if there are too many to count.
    private static func layout(_ filter: ConstantWeights, _ groups: Int) -> (
        columns: PackedColumns, panels: WeightPanels
    ) {
        let columns = PackedColumns(depth: filter.matrix.rows, columnCount: filter.matrix.channels / groups)
        let (count, overflow) = (columns.elementCount ?? .max).multipliedReportingOverflow(by: groups)
        let panels = WeightPanels(
            width: columns.panelWidth, depth: columns.depth, count: overflow ? .max : count)
        return (columns, panels)
    }

    /// Computes all of the result, which must not be empty.
    /// - Parameter geometry: of this filter and groups, for which `ConvolutionSpan.isReasonable` is true.
    func run(
        _ geometry: ConvolutionGeometry, _ operands: ConvolutionOperands, in context: borrowing KernelContext
    ) throws(Status) {
        let geometry = geometry.patchesAreInput ? geometry.asMatrix : geometry
        let span = ConvolutionSpan(geometry)
        let kernels = ProductKernels.current
        let nanoseconds = geometry.products * 0.01 + 500
        let plan = DirectConvolutionPlan(
            geometry, lineBytes: span.lineBytes, weightBytes: weights.byteCount,
            panelCount: columns.panelCount, tileRows: kernels.tileRows,
            threads: context.laneCount(tiles: context.threadCount, cost: nanoseconds / Double(context.threadCount)))
        let tasks = plan.taskCount
        let lanes = context.laneCount(tiles: tasks, cost: nanoseconds / Double(tasks))
        let table = try context.allocateTemporary(
            .int64, [span.tapCount + plan.images * plan.lines * geometry.width.output])
        let taps = table.pointer(Int.self)
        span.writeTaps(to: taps)
        span.writeRows(images: plan.images, lines: plan.lines, to: taps + span.tapCount)
        let scratchSize = span.isPadded ? plan.images * span.imageSize(lines: plan.lines) : 0
        let scratch = try context.allocateTemporary(.float, [lanes, scratchSize])
        let job = DirectConvolutionJob(
            span: span, plan: plan, operands: operands, columns: columns, weights: weights.place,
            taps: taps, rows: taps + span.tapCount, scratch: scratch.pointer(Float.self), scratchSize: scratchSize)
        context.forEachTile(tasks, lanes: lanes, cost: nanoseconds / Double(tasks)) { task, lane in
            job.run(task, lane)
        }
    }

    /// Computes `count` pixels that stand one behind the other, on the calling thread; for filters of one pixel and one group.
    func computePixels(_ count: Int, _ operands: ConvolutionOperands) {
        guard count > 0 else { return }
        let channels = columns.columnCount
        let place = weights.place
        withUnsafePointer(to: 0) { start in
            var call = ProductCall(
                a: operands.input, rowStride: columns.depth, rowCount: count, taps: start, tapCount: 1,
                tapDepth: columns.depth, b: place.elements, columnCount: channels, c: operands.output,
                resultStride: channels)
            call.multiply(with: place)
            call.bias = operands.bias
            call.residual = operands.residual
            if let limits = operands.activation.limits { (call.low, call.high) = limits }
            ProductKernels.current.run(call)
        }
        guard operands.activation.limits == nil else { return }
        operands.activate(0, rows: count, columns: channels, of: channels)
    }
}

/// Where a convolution reads and writes.
struct ConvolutionOperands {
    var input: UnsafePointer<Float>
    var output: UnsafeMutablePointer<Float>
    /// As many elements as output channels.
    var bias: UnsafePointer<Float>?
    /// Of the output's shape; may be the output itself.
    var residual: UnsafePointer<Float>?
    var activation: Activation
}

/// One call of a direct convolution; its tasks run on several threads.
private struct DirectConvolutionJob {
    let span: ConvolutionSpan
    let plan: DirectConvolutionPlan
    let operands: ConvolutionOperands
    let columns: PackedColumns
    let weights: WeightPlace
    let taps: UnsafePointer<Int>
    let rows: UnsafePointer<Int>
    let scratch: UnsafeMutablePointer<Float>
    /// Elements of `scratch` for each lane.
    let scratchSize: Int

    func run(_ task: Int, _ lane: Int) {
        let geometry = span.geometry
        let part = plan.part(task)
        let input: UnsafePointer<Float>
        if span.isPadded {
            let padded = scratch + lane &* scratchSize
            span.pad(operands.input, part, to: padded)
            input = UnsafePointer(padded)
        } else {
            input = operands.input + span.offset(image: part.firstImage, line: part.firstLine)
        }
        let firstRow = (part.firstImage &* geometry.height.output &+ part.firstLine) &* geometry.width.output
        let rowCount = part.images &* part.lines &* geometry.width.output
        let first = part.panels.lowerBound &* columns.panelWidth
        let count = min(part.panels.upperBound &* columns.panelWidth, columns.columnCount) &- first
        let channels = geometry.outputChannels
        let groupSize = columns.panelCount &* columns.panelWidth &* columns.depth
        for group in 0..<geometry.groups {
            let column = group &* columns.columnCount &+ first
            let offset = firstRow &* channels &+ column
            let panels = weights.advanced(by: group &* groupSize &+ columns.offset(ofColumn: first))
            var call = ProductCall(
                a: input + group &* geometry.groupInputs, rowStride: 0, rowCount: rowCount, taps: taps,
                tapCount: span.tapCount, tapDepth: span.tapDepth,
                b: panels.elements, columnCount: count,
                c: operands.output + offset, resultStride: channels)
            call.multiply(with: panels)
            call.rowOffsets = rows
            call.bias = operands.bias.map { $0 + column }
            call.residual = operands.residual.map { $0 + offset }
            if let limits = operands.activation.limits { (call.low, call.high) = limits }
            ProductKernels.current.run(call)
        }
        guard operands.activation.limits == nil else { return }
        let offset = firstRow &* channels &+ first
        operands.activate(offset, rows: rowCount, columns: geometry.groups > 1 ? channels : count, of: channels)
    }
}

extension ConvolutionOperands {
    /// Applies the activation to `columns` elements of each of the rows that begin at `offset` and have `channels` elements.
    func activate(_ offset: Int, rows: Int, columns: Int, of channels: Int) {
        let vectors = VectorKernels.current
        if columns == channels { return vectors.activate(activation, output + offset, rows &* channels) }
        for row in 0..<rows { vectors.activate(activation, output + (offset &+ row &* channels), columns) }
    }
}
