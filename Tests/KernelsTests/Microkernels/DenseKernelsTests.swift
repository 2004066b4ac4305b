import MicrokernelTypes
import TestSupport
import Testing

@testable import Kernels

@Suite struct DenseKernelsTests {
    struct Size: CustomStringConvertible {
        var rows: Int
        var columns: Int
        var depth: Int
        var description: String { "\(rows) x \(columns) x \(depth)" }
    }

    /// Sizes around those of tiles and panels, and depths that make rows collide in a cache.
    static func sizes(_ numbers: inout SeededNumbers) -> [Size] {
        let fixed = [(1, 1, 1), (1, 128, 7), (2, 64, 3), (3, 129, 5), (6, 64, 1), (13, 33, 4), (17, 160, 1024)]
        return fixed.map { Size(rows: $0.0, columns: $0.1, depth: $0.2) }
            + (0..<60).map { _ in
                Size(rows: numbers.next(1...40), columns: numbers.next(1...150), depth: numbers.next(1...40))
            }
    }

    /// A random product, its call for `kernels`, and what it must give.
    final class Product {
        let size: Size
        let a: [Float]
        let b: [Float]
        let bias: [Float]
        let residual: [Float]

        init(_ size: Size, _ numbers: inout SeededNumbers) {
            self.size = size
            a = numbers.floats(size.rows * size.depth)
            b = numbers.floats(size.depth * size.columns)
            bias = numbers.floats(size.columns)
            residual = numbers.floats(size.rows * size.columns)
        }

        func expected(low: Float, high: Float) -> [Float] {
            (0..<size.rows * size.columns).map { index in
                let (row, column) = index.quotientAndRemainder(dividingBy: size.columns)
                var sum = bias[column] + residual[index]
                for term in 0..<size.depth { sum += a[row * size.depth + term] * b[term * size.columns + column] }
                return min(max(sum, low), high)
            }
        }

        func result(_ weights: [Float], low: Float, high: Float, _ run: (borrowing ProductCall) -> Void) -> [Float] {
            // The result lies in the memory of the residual.
            var c = residual
            var tap = 0
            c.withUnsafeMutableBufferPointer { c in
                withUnsafePointer(to: &tap) { taps in
                    var call = ProductCall(
                        a: a, rowStride: size.depth, rowCount: size.rows, taps: taps, tapCount: 1,
                        tapDepth: size.depth, b: weights, columnCount: size.columns, c: c.baseAddress!,
                        resultStride: size.columns)
                    call.residual = UnsafePointer(c.baseAddress!)
                    (call.low, call.high) = (low, high)
                    bias.withUnsafeBufferPointer {
                        call.bias = $0.baseAddress
                        run(call)
                    }
                }
            }
            return c
        }
    }

    @Test(arguments: ProcessorLevel.usable) func panelsGiveWhatAPlainLoopGives(_ level: ProcessorLevel) {
        var numbers = SeededNumbers(11)
        for size in DenseKernelsTests.sizes(&numbers) {
            let product = Product(size, &numbers)
            let layout = PackedColumns(depth: size.depth, columnCount: size.columns, for: .at(level))
            var weights = [Float](repeating: .nan, count: layout.elementCount!)
            weights.withUnsafeMutableBufferPointer {
                layout.pack(product.b, rowStride: size.columns, to: $0.baseAddress!)
            }
            let result = product.result(weights, low: -3, high: 5) { DenseKernels.at(level).run($0) }
            #expect(result == product.expected(low: -3, high: 5), "\(level) \(size)")
        }
    }

    @Test(arguments: ProcessorLevel.usable) func linesGiveWhatAPlainLoopGives(_ level: ProcessorLevel) {
        var numbers = SeededNumbers(12)
        for size in DenseKernelsTests.sizes(&numbers) where size.columns < 20 || size.rows < 4 {
            let product = Product(size, &numbers)
            let weights = (0..<size.columns * size.depth).map { index in
                product.b[index % size.depth * size.columns + index / size.depth]
            }
            let result = product.result(weights, low: -.infinity, high: 2) { DenseKernels.at(level).runLines($0) }
            #expect(result == product.expected(low: -.infinity, high: 2), "\(level) \(size)")
        }
    }
}
