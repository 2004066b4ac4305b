import MicrokernelTypes
import Testing

@testable import Kernels

/// Products of packed columns at every level against plain sums; all numbers are exact.
@Suite struct ProductTests {
    @Test(arguments: ProcessorLevel.usable) func productsAgreeWithPlainSums(level: ProcessorLevel) {
        var numbers = SeededNumbers(11)
        let sizes = [1, 2, 3, 5, 7, 13, 14, 15, 16, 17, 29, 31, 32, 33, 47, 48, 49, 64, 65]
        for _ in 0..<200 {
            let problem = ProductProblem(
                rows: sizes[numbers.next(0...sizes.count - 1)], depth: numbers.next(1...40),
                columns: sizes[numbers.next(0...sizes.count - 1)], taps: numbers.next(1...4), &numbers)
            let (result, expected) = problem.run(ProductKernels.at(level))
            #expect(result == expected, "\(problem.summary)")
        }
    }

    /// Rows are cut into blocks that fit the cache.
    @Test(arguments: ProcessorLevel.usable) func manyLongRowsAgreeWithPlainSums(level: ProcessorLevel) {
        var numbers = SeededNumbers(12)
        let problem = ProductProblem(rows: 301, depth: 520, columns: 37, taps: 2, &numbers)
        let (result, expected) = problem.run(ProductKernels.at(level))
        #expect(result == expected)
    }

    /// Sums that are too long for the cache are computed in parts: pieces of the rows, or parts of the only piece.
    @Test(arguments: ProcessorLevel.usable, [1, 3, 40]) func longSumsAgreeWithPlainSums(
        level: ProcessorLevel, taps: Int
    ) {
        var numbers = SeededNumbers(14)
        for rows in [15, 43, 60] {
            let problem = ProductProblem(rows: rows, depth: 9001 / taps, columns: 33, taps: taps, &numbers)
            let (result, expected) = problem.run(ProductKernels.at(level))
            #expect(result == expected, "\(problem.summary)")
        }
    }

    /// Rows so far apart that they share a place in the first cache.
    @Test(arguments: ProcessorLevel.usable) func rowsThatCollideAgreeWithPlainSums(level: ProcessorLevel) {
        var numbers = SeededNumbers(15)
        for rows in [8, 9, 16, 29] {
            let problem = ProductProblem(rows: rows, depth: 70, columns: 50, taps: 1, step: 1024, &numbers)
            let (result, expected) = problem.run(ProductKernels.at(level))
            #expect(result == expected, "\(problem.summary)")
        }
    }

    @Test(arguments: ProcessorLevel.usable) func nothingIsComputedForNoRows(level: ProcessorLevel) {
        var numbers = SeededNumbers(13)
        let problem = ProductProblem(rows: 0, depth: 3, columns: 5, taps: 1, &numbers)
        let (result, expected) = problem.run(ProductKernels.at(level))
        #expect(result == expected)
    }

    @Test(arguments: ProcessorLevel.usable) func valuesThatAreNotNumbersPassThroughLimits(level: ProcessorLevel) {
        let kernels = ProductKernels.at(level)
        let columns = PackedColumns(depth: 1, columnCount: 3, for: kernels)
        var packed = [Float](repeating: 0, count: columns.elementCount!)
        columns.pack([.nan, .infinity, -.infinity], rowStride: 3, to: &packed)
        var result = [Float](repeating: 5, count: 3)
        let one: [Float] = [1]
        let taps = [0]
        one.withUnsafeBufferPointer { a in
            taps.withUnsafeBufferPointer { taps in
                packed.withUnsafeBufferPointer { b in
                    result.withUnsafeMutableBufferPointer { c in
                        var call = ProductCall(
                            a: a.baseAddress!, rowStride: 1, rowCount: 1, taps: taps.baseAddress!, tapCount: 1,
                            tapDepth: 1, b: b.baseAddress!, columnCount: 3, c: c.baseAddress!, resultStride: 3)
                        (call.low, call.high) = (0, 6)
                        kernels.run(call)
                    }
                }
            }
        }
        #expect(result[0].isNaN)
        #expect(result[1...] == [6, 0])
    }
}

/// A product with all that a call may ask for, chosen at random, and its plain result.
private struct ProductProblem {
    let rows: Int
    let depth: Int
    let columns: Int
    let taps: [Int]
    /// Where each row of `a` begins.
    let starts: [Int]
    let rowStride: Int?
    let a: [Float]
    let b: [Float]
    let bias: [Float]?
    /// Of the result's stride; `isInPlace` says that the result is written over it.
    let residual: [Float]?
    let isInPlace: Bool
    let limits: (low: Float, high: Float)?
    let stride: Int

    init(rows: Int, depth: Int, columns: Int, taps: Int, step fixedStep: Int? = nil, _ numbers: inout SeededNumbers) {
        (self.rows, self.depth, self.columns) = (rows, depth, columns)
        self.taps = (0..<taps).map { _ in numbers.next(0...50) }
        let step = fixedStep ?? numbers.next(0...depth + 3)
        rowStride = fixedStep != nil || numbers.next(0...1) == 0 ? step : nil
        let isTable = rowStride == nil
        starts = (0..<rows).map { isTable ? numbers.next(0...500) : $0 * step }
        a = numbers.tensor([(starts.max() ?? 0) + 50 + depth]).array(Float.self)
        b = numbers.tensor([depth * taps, columns]).array(Float.self)
        bias = numbers.next(0...1) == 0 ? numbers.tensor([columns]).array(Float.self) : nil
        stride = columns + numbers.next(0...3)
        residual = numbers.next(0...1) == 0 ? numbers.tensor([rows * stride]).array(Float.self) : nil
        isInPlace = numbers.next(0...1) == 0
        limits = numbers.next(0...1) == 0 ? (-1, 2.5) : nil
    }

    var summary: String {
        "\(rows) x \(depth) x \(columns), \(taps.count) taps, stride \(stride), table \(rowStride == nil)"
    }

    /// The result of `kernels`, and what it should be, both with the elements between the rows, which must stay.
    func run(_ kernels: ProductKernels) -> (result: [Float], expected: [Float]) {
        let old = isInPlace ? residual ?? [] : []
        let untouched = old.isEmpty ? [Float](repeating: 77, count: rows * stride) : old
        let layout = PackedColumns(depth: depth * taps.count, columnCount: columns, for: kernels)
        var packed = [Float](repeating: .nan, count: layout.elementCount!)
        layout.pack(b, rowStride: columns, to: &packed)
        var result = untouched
        result.withUnsafeMutableBufferPointer { c in
            a.withUnsafeBufferPointer { a in
                starts.withUnsafeBufferPointer { starts in
                    (bias ?? [0]).withUnsafeBufferPointer { bias in
                        (residual ?? [0]).withUnsafeBufferPointer { residual in
                            var scratch = Float(0)
                            withUnsafeMutablePointer(to: &scratch) { empty in
                                var call = ProductCall(
                                    a: a.baseAddress!, rowStride: rowStride ?? 0, rowCount: rows, taps: taps,
                                    tapCount: taps.count, tapDepth: depth, b: packed, columnCount: columns,
                                    c: c.baseAddress ?? empty, resultStride: stride)
                                if rowStride == nil { call.rowOffsets = starts.baseAddress }
                                if self.bias != nil { call.bias = bias.baseAddress }
                                if self.residual != nil {
                                    call.residual =
                                        isInPlace ? UnsafePointer(c.baseAddress ?? empty) : residual.baseAddress
                                }
                                if let limits { (call.low, call.high) = limits }
                                kernels.run(call)
                            }
                        }
                    }
                }
            }
        }
        return (result, expected(untouched))
    }

    private func expected(_ untouched: [Float]) -> [Float] {
        var result = untouched
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = plainSum(row, column)
                sum += (bias?[column] ?? 0) + (residual?[row * stride + column] ?? 0)
                if let limits { sum = min(max(sum, limits.low), limits.high) }
                result[row * stride + column] = sum
            }
        }
        return result
    }

    /// With pointers: an element of an array takes much longer in a build that is not optimised.
    private func plainSum(_ row: Int, _ column: Int) -> Float {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                var sum: Float = 0
                for (tap, offset) in taps.enumerated() {
                    var left = a.baseAddress! + starts[row] + offset
                    var right = b.baseAddress! + tap * depth * columns + column
                    let end = left + depth
                    while left < end {
                        sum += left.pointee * right.pointee
                        left += 1
                        right += columns
                    }
                }
                return sum
            }
        }
    }
}
