import Glibc
import MicrokernelTypes
import Threading

/// How long a processor takes for what convolutions consist of: nanoseconds, on one thread.
struct ConvolutionSpeeds: Hashable, Sendable {
    /// One multiplication and addition of a product.
    var product: Double
    /// Transforming one element of a tile.
    var transformation: Double
    /// What one weight adds that must be fetched from memory.
    var weight: Double

    /// Measured when they are needed for the first time, and the same from then on. With
    /// `MODEL_SERVER_CONVOLUTION_SPEEDS=fixed` in the environment they are those of a usual processor instead, so that
    /// every process makes the same choices.
    static let current: ConvolutionSpeeds =
        if let wanted = getenv("MODEL_SERVER_CONVOLUTION_SPEEDS"), String(cString: wanted) == "fixed" {
            usual(.current)
        } else {
            measured(.current, .current)
        }

    /// Those of a processor of 2024.
    static func usual(_ level: ProcessorLevel) -> ConvolutionSpeeds {
        switch level {
        case .avx512: ConvolutionSpeeds(product: 0.0085, transformation: 0.05, weight: fetching)
        case .avx2: ConvolutionSpeeds(product: 0.0175, transformation: 0.12, weight: fetching)
        case .baseline: ConvolutionSpeeds(product: 0.045, transformation: 0.16, weight: fetching)
        }
    }

    /// Much the same on all servers, and hard to measure while others use the caches.
    private static let fetching = 0.08

    /// Those of such loops, in steps of a fifth, so that a little noise rarely changes a choice. Takes a fraction of a millisecond.
    static func measured(_ products: ProductKernels, _ transformations: WinogradKernels) -> ConvolutionSpeeds {
        ConvolutionSpeeds(
            product: stepped(productTime(products)), transformation: stepped(transformationTime(transformations)),
            weight: fetching)
    }

    /// The nearest quarter of a power of two.
    static func stepped(_ time: Double) -> Double { exp2((log2(max(time, 1e-6)) * 4).rounded() / 4) }

    private static func productTime(_ kernels: ProductKernels) -> Double {
        let (rows, depth, columns) = (4 * kernels.tileRows, 256, 2 * kernels.panelWidth)
        return withZeros(rows * depth, columns * depth, rows * columns) { a, b, c in
            let weights = WeightPlace(b, .float, scales: nil, depth: depth)
            return shortest {
                kernels.multiply(
                    a, rowCount: rows, depth: depth, weights, columnCount: columns, to: c, resultStride: columns)
            } / Double(rows * depth * columns)
        }
    }

    private static func transformationTime(_ kernels: WinogradKernels) -> Double {
        let (tile, tiles, channels) = (WinogradTile.four, 17, 64)
        let points = tile.points * tile.points
        let line = tile.points * channels
        return withZeros(points * channels, points * tiles * channels, points * channels) { input, middle, result in
            let time = shortest {
                for index in 0..<tiles {
                    let place = middle + index * channels
                    _ = kernels.transformInput(
                        tile,
                        WinogradInputCall(
                            input: input, lineStride: line, pixelStride: channels, channels: channels, result: place,
                            pointStride: tiles * channels))
                    kernels.transformOutput(
                        tile,
                        WinogradOutputCall(
                            sums: place, pointStride: tiles * channels, channels: channels, result: result,
                            lineStride: line, pixelStride: channels, lines: tile.outputs, pixels: tile.outputs))
                }
            }
            return time / Double(2 * points * tiles * channels)
        }
    }

    /// The shortest of several runs, in nanoseconds: what disturbs only makes it longer.
    private static func shortest(_ body: () -> Void) -> Double {
        let clock = SystemClock()
        var best = UInt64.max
        for _ in 0..<10 {
            let begin = clock.nanoseconds()
            body()
            best = min(best, clock.nanoseconds() &- begin)
        }
        return Double(best)
    }

    private static func withZeros(
        _ first: Int, _ second: Int, _ third: Int,
        _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Double
    ) -> Double {
        withUnsafeTemporaryAllocation(byteCount: (first + second + third) * 4, alignment: 64) { bytes in
            let elements = bytes.baseAddress!.bindMemory(to: Float.self, capacity: first + second + third)
            elements.initialize(repeating: 0, count: first + second + third)
            return body(elements, elements + first, elements + first + second)
        }
    }
}
