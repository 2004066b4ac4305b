import MicrokernelTypes

/// One call; its tasks run on several threads.
struct WinogradJob {
    let tiles: WinogradTiles
    let operands: ConvolutionOperands
    let columns: PackedColumns
    let weights: UnsafePointer<Float>
    /// Not transformed.
    let filter: UnsafePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    /// Elements of `scratch` for each lane: transformed input, sums, and at the end a patch.
    let laneSize: Int
    /// At least as many elements as a result has channels.
    let patchSize: Int
    /// For each tile of a lane whether it can be transformed.
    let marks: UnsafeMutablePointer<Bool>
    let laneMarks: Int

    /// Elements from the values of one point to those of the next. Not a multiple of the distance at which lines of memory push each
    /// other out of the first cache, for a transformation works at all points at once.
    private static func pointStride(tiles: Int, channels: Int) -> Int {
        let stride = tiles &* channels
        return stride % 512 == 0 ? stride &+ pointPadding : stride
    }

    static let pointPadding = 16

    func run(_ range: Range<Int>, _ lane: Int) {
        let geometry = tiles.geometry
        let points = tiles.tile.points &* tiles.tile.points
        let inputs = scratch + lane &* laneSize
        let inputPoint = Self.pointStride(tiles: range.count, channels: geometry.inputChannels)
        let sums = inputs + points &* inputPoint
        let sumPoint = Self.pointStride(tiles: range.count, channels: geometry.outputChannels)
        let patch = scratch + ((lane &+ 1) &* laneSize &- patchSize)
        let marks = marks + lane &* laneMarks
        for (row, index) in range.enumerated() {
            let result = inputs + row &* geometry.inputChannels
            let squares = transformInput(index, patch: patch, to: result, pointStride: inputPoint)
            marks[row] = squares < WinogradConvolution.largestSquares
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
        for (row, index) in range.enumerated() {
            if marks[row] {
                transformOutput(index, sums + row &* geometry.outputChannels, pointStride: sumPoint)
            } else {
                addUp(index, sums: patch)
            }
        }
    }

    /// Returns the sum of the squares of the elements.
    private func transformInput(
        _ index: Int, patch: UnsafeMutablePointer<Float>, to result: UnsafeMutablePointer<Float>, pointStride: Int
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
            pointStride: pointStride)
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

    /// Computes a tile without transformations.
    /// - Parameter sums: memory for as many elements as a result has channels.
    private func addUp(_ index: Int, sums: UnsafeMutablePointer<Float>) {
        let geometry = tiles.geometry
        let (image, top, left) = tiles.place(index)
        for y in top..<min(top &+ tiles.tile.outputs, geometry.height.output) {
            for x in left..<min(left &+ tiles.tile.outputs, geometry.width.output) {
                addUp(image, y, x, to: sums)
                let place = (image &* geometry.height.output &+ y) &* geometry.width.output &+ x
                operands.finish(sums, place &* geometry.outputChannels, count: geometry.outputChannels)
            }
        }
    }

    /// The sums of the window of the result at `y`, `x`.
    private func addUp(_ image: Int, _ y: Int, _ x: Int, to sums: UnsafeMutablePointer<Float>) {
        let geometry = tiles.geometry
        let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
        sums.update(repeating: 0, count: outputs)
        var weights = filter
        for tap in 0..<9 {
            let line = y &- geometry.height.before &+ tap / 3
            let column = x &- geometry.width.before &+ tap % 3
            let isInside =
                line >= 0 && line < geometry.height.input && column >= 0 && column < geometry.width.input
            let place = (image &* geometry.height.input &+ line) &* geometry.width.input &+ column
            for input in 0..<inputs {
                let element = isInside ? operands.input[place &* inputs &+ input] : 0
                for output in 0..<outputs { sums[output] += element * weights[output] }
                weights += outputs
            }
        }
    }
}

extension ConvolutionOperands {
    /// Stores the result of `count` sums at `offset`: with bias, residual and activation.
    fileprivate func finish(_ sums: UnsafePointer<Float>, _ offset: Int, count: Int) {
        for index in 0..<count {
            var sum = sums[index]
            if let bias { sum += bias[index] }
            if let residual { sum += residual[offset &+ index] }
            output[offset &+ index] = sum
        }
        VectorKernels.current.activate(activation, output + offset, count)
    }
}
