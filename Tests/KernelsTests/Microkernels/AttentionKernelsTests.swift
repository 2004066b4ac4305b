import Glibc
import MicrokernelTypes
import Testing

@testable import Kernels

@Suite struct AttentionKernelsTests {
    @Test(arguments: ProcessorLevel.usable) func headsAreAttendedAsInDoublePrecision(_ level: ProcessorLevel) {
        var numbers = SeededNumbers(31)
        let sizes = [(1, 1, 1, 1), (3, 70, 16, 33), (17, 32, 64, 8), (5, 129, 37, 65)]
        let random = (0..<20).map { _ in
            (numbers.next(1...20), numbers.next(1...80), numbers.next(1...40), numbers.next(1...40))
        }
        for (index, size) in (sizes + random).enumerated() {
            let head = Head(size, &numbers)
            for hasMask in [false, true] {
                let result = head.result(AttentionKernels.at(level), hasMask: hasMask)
                let expected = head.expected(hasMask: hasMask)
                let error = zip(result, expected).map { abs(Double($0) - $1) }.max() ?? 0
                #expect(error <= 1e-5, "\(level), sizes \(index), mask \(hasMask)")
            }
        }
    }

    /// Rows that hold a NaN or only negative infinities become NaN, and no others.
    @Test(arguments: ProcessorLevel.usable) func numbersThatAreNoneStayInTheirRow(_ level: ProcessorLevel) {
        var numbers = SeededNumbers(32)
        var head = Head((3, 20, 8, 8), &numbers)
        for key in 0..<20 { head.mask[key] = -.infinity }
        head.mask[20 + 19] = -.infinity
        head.query[2 * 8] = .nan
        let result = head.result(AttentionKernels.at(level), hasMask: true)
        #expect(result[0..<8].allSatisfy { $0.isNaN })
        #expect(result[8..<16].allSatisfy { $0.isFinite })
        #expect(result[16..<24].allSatisfy { $0.isNaN })
    }

    private struct Head {
        let queries: Int
        let keyCount: Int
        let depth: Int
        let valueDepth: Int
        var query: [Float]
        let keys: [Float]
        let values: [Float]
        var mask: [Float]

        init(_ size: (Int, Int, Int, Int), _ numbers: inout SeededNumbers) {
            (queries, keyCount, depth, valueDepth) = size
            query = numbers.floats(queries * depth)
            keys = numbers.floats(keyCount * depth)
            values = numbers.floats(keyCount * valueDepth)
            mask = numbers.floats(queries * keyCount)
        }

        func result(_ kernels: AttentionKernels, hasMask: Bool) -> [Float] {
            let width = kernels.panelWidth
            let columns = (keyCount + width - 1) / width * width
            let packedKeys = UnsafeMutablePointer<Float>.allocate(capacity: columns * depth)
            let valueColumns = (valueDepth + width - 1) / width * width
            let packedValues = UnsafeMutablePointer<Float>.allocate(capacity: keyCount * valueColumns)
            let scores = UnsafeMutablePointer<Float>.allocate(capacity: queries * columns)
            let tap = UnsafeMutablePointer<Int>.allocate(capacity: 1)
            tap.initialize(to: 0)
            defer {
                packedKeys.deallocate()
                packedValues.deallocate()
                scores.deallocate()
                tap.deallocate()
            }
            kernels.packKeys(keys, depth, keyCount, depth, packedKeys)
            kernels.packValues(values, valueDepth, keyCount, valueDepth, packedValues)
            var result = [Float](repeating: 7, count: queries * valueDepth)
            result.withUnsafeMutableBufferPointer { result in
                query.withUnsafeBufferPointer { query in
                    mask.withUnsafeBufferPointer { mask in
                        var call = AttentionCall(
                            query: query.baseAddress!, queryStride: depth, queryCount: queries, depth: depth,
                            taps: tap, keys: packedKeys, keyCount: keyCount, values: packedValues,
                            valueDepth: valueDepth, scale: 0.3, scores: scores, target: result.baseAddress!,
                            targetStride: valueDepth)
                        if hasMask {
                            call.mask = mask.baseAddress
                            call.maskStride = keyCount
                        }
                        kernels.run(call)
                    }
                }
            }
            return result
        }

        func expected(hasMask: Bool) -> [Double] {
            (0..<queries).flatMap { row -> [Double] in
                var scores = (0..<keyCount).map { key -> Double in
                    var score = 0.0
                    for index in 0..<depth {
                        score += Double(query[row * depth + index]) * Double(keys[key * depth + index])
                    }
                    return score * Double(Float(0.3)) + (hasMask ? Double(mask[row * keyCount + key]) : 0)
                }
                let top = scores.max()!
                scores = scores.map { exp($0 - top) }
                let sum = scores.reduce(0, +)
                return (0..<valueDepth).map { column in
                    var total = 0.0
                    for key in 0..<keyCount { total += scores[key] / sum * Double(values[key * valueDepth + column]) }
                    return total
                }
            }
        }
    }
}
