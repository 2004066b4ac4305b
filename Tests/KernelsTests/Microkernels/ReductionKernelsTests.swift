import Kernels
import MicrokernelTypes
import Testing

/// Reductions of random rows and columns against plain loops, for every kind of processor.
@Suite struct ReductionKernelsTests {
    private static let counts = [1, 2, 3, 7, 15, 16, 17, 31, 63, 64, 65, 130, 257, 1023, 1024, 5000]

    /// The results for columns and for rows of a matrix, and its elements by result.
    private func reduce(
        _ kernel: (borrowing ReductionCall) -> Void, _ values: [Float], count: Int, results: Int, isRows: Bool,
        divisor: Float
    ) -> [Float] {
        var result = [Float](repeating: .nan, count: results)
        values.withUnsafeBufferPointer { values in
            result.withUnsafeMutableBufferPointer { result in
                kernel(
                    ReductionCall(
                        source: values.baseAddress!, count: count, stride: isRows ? 1 : results,
                        result: result.baseAddress!, resultCount: results, resultStride: isRows ? count : 1,
                        divisor: divisor))
            }
        }
        return result
    }

    private func element(_ index: Int, of result: Int, _ count: Int, _ results: Int, _ isRows: Bool) -> Int {
        isRows ? result * count + index : index * results + result
    }

    @Test(arguments: ProcessorLevel.usable)
    func reductionsAgreeWithPlainLoops(level: ProcessorLevel) {
        let kernels = ReductionKernels.at(level)
        var numbers = SeededNumbers(1)
        for count in Self.counts {
            for isRows in [true, false] {
                let results = isRows ? numbers.next(1...3) : numbers.next(16...100)
                let values = numbers.floats(count * results)
                let groups = (0..<results).map { result in
                    (0..<count).map { values[element($0, of: result, count, results, isRows)] }
                }
                let run = { (kernel: (borrowing ReductionCall) -> Void, divisor: Float) in
                    reduce(kernel, values, count: count, results: results, isRows: isRows, divisor: divisor)
                }
                #expect(run(kernels.sum, 1) == groups.map { $0.reduce(0, +) })
                #expect(run(kernels.sum, 3) == groups.map { $0.reduce(0, +) / 3 })
                #expect(run(kernels.maximum, 1) == groups.map { $0.max()! })
                #expect(run(kernels.minimum, 1) == groups.map { $0.min()! })
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func oneElementThatIsNoNumberSpoilsItsResultOnly(level: ProcessorLevel) {
        let kernels = ReductionKernels.at(level)
        var numbers = SeededNumbers(2)
        for count in Self.counts {
            for isRows in [true, false] {
                let results = isRows ? 2 : 33
                var values = numbers.floats(count * results)
                let spoiled = numbers.next(0...results - 1)
                values[element(numbers.next(0...count - 1), of: spoiled, count, results, isRows)] = .nan
                for kernel in [kernels.sum, kernels.maximum, kernels.minimum] {
                    let result = reduce(
                        kernel, values, count: count, results: results, isRows: isRows, divisor: 1)
                    #expect(result.indices.allSatisfy { result[$0].isNaN == ($0 == spoiled) })
                }
            }
        }
    }

    /// Many equal numbers: a single running total would be off by percents.
    @Test(arguments: ProcessorLevel.usable)
    func sumsOfManyNumbersAreExactEnough(level: ProcessorLevel) {
        let count = 1 << 17
        let values = [Float](repeating: 0.1, count: count * 16)
        let columns = reduce(
            ReductionKernels.at(level).sum, values, count: count, results: 16, isRows: false, divisor: Float(count))
        #expect(columns.allSatisfy { abs($0 - 0.1) < 1e-5 })
        let rows = reduce(
            ReductionKernels.at(level).sum, values, count: count, results: 1, isRows: true, divisor: Float(count))
        #expect(abs(rows[0] - 0.1) < 1e-5)
    }
}
