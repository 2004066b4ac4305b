import Glibc
import MicrokernelTypes
import Testing

@testable import Kernels

/// The loops over two operands, and softmax, of every level against plain loops.
@Suite struct VectorLoopTests {
    private static func plain(_ function: VectorCombination, _ x: Float, _ y: Float) -> Float {
        switch function {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .maximum: x > y || x != x ? x : y
        case .minimum: x < y || x != x ? x : y
        case .squaredDifference: (x - y) * (x - y)
        }
    }

    @Test(arguments: ProcessorLevel.usable, VectorCombination.allCases)
    func combinationsAreThoseOfTheirElements(level: ProcessorLevel, function: VectorCombination) {
        var numbers = SeededNumbers(7)
        for columns in Array(0...35) + [67, 1009] {
            for (repeatsA, repeatsB) in [(false, false), (true, false), (false, true)] {
                let rows = numbers.next(1...3)
                var a = (0..<max(1, rows * columns)).map { _ in Float(numbers.next(-40...40)) / 8 }
                let b = a.indices.map { _ in Float(numbers.next(-40...40)) / 8 }
                a[numbers.next(0...a.count - 1)] = .nan
                var result = [Float](repeating: 7, count: rows * columns + 17)
                let expected = (0..<rows * columns).map { index -> Float in
                    let row = index / columns * columns
                    return Self.plain(function, a[repeatsA ? row : index], b[repeatsB ? row : index])
                }
                result.withUnsafeMutableBufferPointer { result in
                    var call = CombinationCall(a, b, result.baseAddress!, columns: columns)
                    call.rows = rows
                    call.rowStrides = (columns, columns)
                    call.repeats = (repeatsA, repeatsB)
                    VectorKernels.at(level).combine(function, call)
                }
                let same = zip(result, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                #expect(same, "\(function) of \(rows) x \(columns) on \(level)")
                #expect(result[(rows * columns)...].allSatisfy { $0 == 7 })
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable, [false, true])
    func softmaxOfRows(level: ProcessorLevel, isLogarithm: Bool) {
        var numbers = SeededNumbers(11)
        for columns in Array(1...35) + [67, 1009] {
            let rows = numbers.next(1...3)
            let x = (0..<rows * columns).map { _ in Float(numbers.next(-400...400)) / 8 }
            let mask = (0..<rows * columns).map { _ in Float(numbers.next(-40...0)) }
            for isMasked in [false, true] {
                var result = x + [7]
                result.withUnsafeMutableBufferPointer { result in
                    var call = SoftmaxCall(result.baseAddress!, result.baseAddress!, rows: rows, columns: columns)
                    call.isLogarithm = isLogarithm
                    mask.withUnsafeBufferPointer { mask in
                        if isMasked {
                            call.scale = 0.25
                            call.mask = mask.baseAddress!
                            call.maskStride = columns
                        }
                        VectorKernels.at(level).softmax(call)
                    }
                }
                #expect(result.last == 7)
                for row in 0..<rows {
                    let range = row * columns..<(row + 1) * columns
                    let z = range.map { isMasked ? Double(x[$0]) * 0.25 + Double(mask[$0]) : Double(x[$0]) }
                    let top = z.max()!
                    let sum = z.reduce(0) { $0 + exp($1 - top) }
                    for (value, z) in zip(result[range], z) {
                        let exact = isLogarithm ? z - top - log(sum) : exp(z - top) / sum
                        let scale = max(exact.magnitude, isLogarithm ? 1 : 1e-3)
                        #expect((Double(value) - exact).magnitude <= 1e-5 * scale)
                    }
                }
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func softmaxOfWhatIsNoNumberIsNone(level: ProcessorLevel) {
        for odd in [Float.nan, .infinity] {
            var row = [Float](repeating: 1, count: 37)
            row[20] = odd
            row.withUnsafeMutableBufferPointer { row in
                VectorKernels.at(level).softmax(SoftmaxCall(row.baseAddress!, row.baseAddress!, rows: 1, columns: 37))
            }
            #expect(row[20].isNaN)
        }
        var row = [Float](repeating: -.infinity, count: 37)
        row[3] = 2
        row.withUnsafeMutableBufferPointer { row in
            VectorKernels.at(level).softmax(SoftmaxCall(row.baseAddress!, row.baseAddress!, rows: 1, columns: 37))
        }
        #expect(row[3] == 1 && row[36] == 0)
    }
}
