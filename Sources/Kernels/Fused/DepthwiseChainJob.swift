import Execution
import Glibc
import ServingCore
import Tensors

/// One call of a chain of convolutions.
struct DepthwiseChainJob {
    let expansion: PointwiseStage?
    /// Of the depthwise convolution; its result is not empty.
    let geometry: DepthwiseGeometry
    /// Those of the depthwise convolution, which each band tells what to read and to write.
    let operands: WindowLines.Operands
    let projection: PointwiseStage?
    let input: UnsafePointer<Float>
    /// Laid out as the result; may be the result itself.
    let residual: UnsafePointer<Float>?
    let output: UnsafeMutablePointer<Float>

    func run(in context: borrowing KernelContext) throws(Status) {
        let work = DepthwiseChainWork(geometry, expansion: expansion, projection: projection)
        let plan = DepthwiseChainPlan(
            geometry, expands: expansion != nil, projects: projection != nil,
            weightBytes: (expansion?.weightBytes ?? 0) + (projection?.weightBytes ?? 0),
            threads: context.laneCount(
                tiles: context.threadCount, cost: work.nanoseconds / Double(context.threadCount)))
        guard let plan else { return try runWhole(in: context) }
        let cost = work.nanoseconds / Double(plan.taskCount)
        let lanes = context.laneCount(tiles: plan.taskCount, cost: cost)
        let size = plan.expanded + plan.filtered
        let scratch = try context.allocateTemporary(.float, .checked([lanes, size])).pointer(Float.self)
        context.forEachTile(plan.taskCount, lanes: lanes, cost: cost) { task, lane in
            runBands(plan, task, scratch + lane &* size)
        }
    }

    /// Computes one convolution after the other.
    private func runWhole(in context: borrowing KernelContext) throws(Status) {
        let (height, width) = (geometry.height, geometry.width)
        var operands = operands
        operands.input = input
        // Both are held until the end.
        var expanded: Tensor?
        var filtered: Tensor?
        if let expansion {
            let pixels = geometry.batch &* height.input &* width.input
            let result = try context.allocateTemporary(.float, .checked([pixels, geometry.channels]))
            try expansion.run(pixels, input, to: result.pointer(Float.self), in: context)
            operands.input = UnsafePointer(result.pointer(Float.self))
            expanded = result
        }
        operands.output = output
        let pixels = geometry.batch &* height.output &* width.output
        if projection != nil {
            let result = try context.allocateTemporary(.float, .checked([pixels, geometry.channels]))
            operands.output = result.pointer(Float.self)
            filtered = result
        }
        try geometry.run(operands, in: context)
        try projection?.run(pixels, UnsafePointer(operands.output), residual: residual, to: output, in: context)
        withExtendedLifetime((expanded, filtered)) {}
    }

    /// Computes the lines of one task in bands, with `scratch` for what lies between the convolutions.
    private func runBands(_ plan: DepthwiseChainPlan, _ task: Int, _ scratch: UnsafeMutablePointer<Float>) {
        let (image, lines) = plan.part(task)
        let lineSize = geometry.width.input &* geometry.channels
        /// The rows of the expansion's result that are in `scratch`.
        var held = 0..<0
        for first in stride(from: lines.lowerBound, to: lines.upperBound, by: plan.bandLines) {
            let band = first..<min(first &+ plan.bandLines, lines.upperBound)
            var part = operands
            if let expansion {
                let rows = geometry.height.covered(by: band)
                let kept = max(rows.lowerBound, min(held.upperBound, rows.upperBound)) &- rows.lowerBound
                if kept > 0 {
                    let from = scratch + (rows.lowerBound &- held.lowerBound) &* lineSize
                    memmove(scratch, from, kept &* lineSize &* MemoryLayout<Float>.stride)
                }
                let start = (image &* geometry.height.input &+ rows.lowerBound &+ kept) &* geometry.width.input
                expansion.compute(
                    (rows.count &- kept) &* geometry.width.input, input + start &* expansion.inputChannels,
                    to: scratch + kept &* lineSize)
                held = rows
                part.input = UnsafePointer(scratch)
                finish(band, of: image, part, firstRow: 0 &- rows.lowerBound, scratch + plan.expanded)
            } else {
                part.input = input
                finish(band, of: image, part, firstRow: image &* geometry.height.input, scratch)
            }
        }
    }

    /// Computes a band from what the depthwise convolution reads.
    private func finish(
        _ band: Range<Int>, of image: Int, _ part: WindowLines.Operands, firstRow: Int,
        _ filtered: UnsafeMutablePointer<Float>
    ) {
        var part = part
        let start = (image &* geometry.height.output &+ band.lowerBound) &* geometry.width.output
        part.output = projection == nil ? output + start &* geometry.channels : filtered
        geometry.lines(images: 1).compute(part, lines: band, firstRow: firstRow)
        guard let projection else { return }
        let offset = start &* projection.outputChannels
        projection.compute(
            band.count &* geometry.width.output, UnsafePointer(filtered), residual: residual.map { $0 + offset },
            to: output + offset)
    }
}
