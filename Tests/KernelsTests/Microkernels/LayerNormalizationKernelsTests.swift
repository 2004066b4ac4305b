import Glibc
import MicrokernelTypes
import Testing

@testable import Kernels

@Suite struct LayerNormalizationKernelsTests {
    @Test(arguments: ProcessorLevel.usable) func rowsAreNormalizedAsInDoublePrecision(_ level: ProcessorLevel) {
        var numbers = SeededNumbers(21)
        for count in Array(1...70) + [127, 768, 1000] {
            for isCentered in [true, false] {
                let source = numbers.floats(3 * count).map { $0 * 3 + 7 }
                let scale = numbers.floats(count)
                let offset = numbers.floats(count)
                var target = [Float](repeating: .nan, count: 3 * count)
                target.withUnsafeMutableBufferPointer { target in
                    scale.withUnsafeBufferPointer { scale in
                        offset.withUnsafeBufferPointer { offset in
                            var call = LayerNormalizationCall(
                                source: source, target: target.baseAddress!, rowCount: 3, columnCount: count,
                                epsilon: 0.01)
                            call.scale = scale.baseAddress
                            call.offset = offset.baseAddress
                            call.isCentered = isCentered
                            source.withUnsafeBufferPointer {
                                call.source = $0.baseAddress!
                                LayerNormalizationKernels.at(level).run(call)
                            }
                        }
                    }
                }
                for row in 0..<3 {
                    let values = source[row * count..<(row + 1) * count].map(Double.init)
                    let mean = isCentered ? values.reduce(0, +) / Double(count) : 0
                    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
                    for (index, value) in values.enumerated() {
                        let expected =
                            (value - mean) / (variance + 0.01).squareRoot() * Double(scale[index])
                            + Double(offset[index])
                        let error = abs(Double(target[row * count + index]) - expected)
                        #expect(error <= 2e-5, "\(level) \(count) elements, row \(row), element \(index)")
                    }
                }
            }
        }
    }
}
