import MicrokernelTypes
import Tensors
import Testing

@testable import Kernels

/// Products with weights of fewer bits on every kind of processor, with numbers whose sums are exact.
@Suite struct NarrowProductTests {
    private static let sizes: [(rows: Int, columns: Int, depth: Int)] = {
        var numbers = SeededNumbers(41)
        let fixed = [
            (0, 5, 3), (1, 1, 1), (1, 128, 7), (2, 64, 3), (3, 129, 5), (6, 64, 1), (13, 33, 4), (17, 160, 1024),
            (5, 31, 2), (14, 97, 61), (29, 16, 9),
        ]
        return fixed.map { (rows: $0.0, columns: $0.1, depth: $0.2) }
            + (0..<40).map { _ in (numbers.next(1...40), numbers.next(1...150), numbers.next(1...40)) }
    }()

    /// A matrix of whole numbers with a scale for each column; as halves and as bytes it is the same.
    private struct Matrix {
        let depth: Int
        let columns: Int
        let steps: [Int8]
        let scales: [Float]

        init(depth: Int, columns: Int, _ numbers: inout SeededNumbers) {
            self.depth = depth
            self.columns = columns
            steps = (0..<depth * columns).map { _ in Int8(numbers.next(-127...127)) }
            scales = (0..<columns).map { _ in [0.5, 0.25, 0.125, 1][numbers.next(0...3)] }
        }

        func weight(_ row: Int, _ column: Int) -> Float { Float(steps[row * columns + column]) * scales[column] }

        /// The memory of panels of `width` columns, and the scale of each of their columns.
        func packed(_ width: Int, _ precision: WeightPrecision) -> (memory: [UInt8], scales: [Float]) {
            var memory: [UInt8] = []
            var allScales: [Float] = []
            for first in stride(from: 0, to: columns, by: width) {
                for row in 0..<depth {
                    for column in first..<first + width {
                        let isThere = column < columns
                        switch precision {
                        case .float:
                            withUnsafeBytes(of: isThere ? weight(row, column) : 0) { memory += $0 }
                        case .bf16:
                            withUnsafeBytes(of: BFloat16(isThere ? weight(row, column) : 0).bits) { memory += $0 }
                        case .int8Weights:
                            memory.append(UInt8(bitPattern: isThere ? steps[row * columns + column] : 0))
                        }
                    }
                }
                allScales += (first..<first + width).map { $0 < columns ? scales[$0] : .nan }
            }
            return (memory, allScales)
        }
    }

    private func check(
        _ level: ProcessorLevel, _ precision: WeightPrecision, width: Int, seed: UInt64,
        where isMeant: ((rows: Int, columns: Int, depth: Int)) -> Bool = { _ in true },
        _ run: (borrowing ProductCall) -> Void
    ) {
        var numbers = SeededNumbers(seed)
        for size in Self.sizes where isMeant(size) {
            let matrix = Matrix(depth: size.depth, columns: size.columns, &numbers)
            let (a, bias) = (numbers.floats(size.rows * size.depth), numbers.floats(size.columns))
            let residual = numbers.floats(size.rows * size.columns)
            let (memory, scales) = matrix.packed(width, precision)
            // With something behind that must stay as it is.
            var c = residual + [77]
            var tap = 0
            c.withUnsafeMutableBufferPointer { c in
                memory.withUnsafeBytes { memory in
                    withUnsafePointer(to: &tap) { taps in
                        var call = ProductCall(
                            a: a, rowStride: size.depth, rowCount: size.rows, taps: taps, tapCount: 1,
                            tapDepth: size.depth, b: memory.baseAddress!, columnCount: size.columns,
                            c: c.baseAddress!, resultStride: size.columns)
                        call.precision = precision
                        call.residual = UnsafePointer(c.baseAddress!)
                        call.high = 300
                        bias.withUnsafeBufferPointer { bias in
                            scales.withUnsafeBufferPointer { scales in
                                call.bias = bias.baseAddress
                                if precision == .int8Weights { call.scales = scales.baseAddress }
                                run(call)
                            }
                        }
                    }
                }
            }
            let expected = (0..<size.rows * size.columns).map { index in
                let (row, column) = index.quotientAndRemainder(dividingBy: size.columns)
                var sum = Double(bias[column] + residual[index])
                for term in 0..<size.depth {
                    sum += Double(a[row * size.depth + term]) * Double(matrix.weight(term, column))
                }
                return Float(min(sum, 300))
            }
            #expect(c == expected + [77], "\(level) \(precision) \(size)")
        }
    }

    @Test(arguments: ProcessorLevel.usable, WeightPrecision.allCases)
    func fewRowsAndManyGiveWhatAPlainLoopGives(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        let width = ProductKernels.at(level).panelWidth
        check(level, precision, width: width, seed: 42) { DenseKernels.at(level).run($0) }
    }

    @Test(arguments: ProcessorLevel.usable, WeightPrecision.allCases)
    func tilesGiveWhatAPlainLoopGives(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        let width = ProductKernels.at(level).panelWidth
        check(level, precision, width: width, seed: 43) { ProductKernels.at(level).run($0) }
    }

    @Test(arguments: ProcessorLevel.usable, WeightPrecision.allCases)
    func linesGiveWhatAPlainLoopGives(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        check(level, precision, width: 1, seed: 44, where: { $0.columns < 20 || $0.rows < 4 }) {
            DenseKernels.at(level).runLines($0)
        }
    }

    /// Depths that are computed in parts.
    @Test(arguments: ProcessorLevel.usable, [WeightPrecision.bf16, .int8Weights])
    func longSumsAreScaledOnce(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        var numbers = SeededNumbers(45)
        let (rows, columns, depth) = (15, 3, 9000)
        let matrix = Matrix(depth: depth, columns: columns, &numbers)
        let a = (0..<rows * depth).map { _ in Float(numbers.next(-1...1)) }
        let (memory, scales) = matrix.packed(ProductKernels.at(level).panelWidth, precision)
        var c = [Float](repeating: .nan, count: rows * columns)
        memory.withUnsafeBytes { memory in
            withUnsafePointer(to: 0) { taps in
                c.withUnsafeMutableBufferPointer { c in
                    scales.withUnsafeBufferPointer { scales in
                        var call = ProductCall(
                            a: a, rowStride: depth, rowCount: rows, taps: taps, tapCount: 1, tapDepth: depth,
                            b: memory.baseAddress!, columnCount: columns, c: c.baseAddress!, resultStride: columns)
                        call.precision = precision
                        call.scales = precision == .int8Weights ? scales.baseAddress : nil
                        ProductKernels.at(level).run(call)
                    }
                }
            }
        }
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = 0.0
                for term in 0..<depth { sum += Double(a[row * depth + term]) * Double(matrix.weight(term, column)) }
                #expect(c[row * columns + column] == Float(sum), "\(level) \(row) \(column)")
            }
        }
    }
}
