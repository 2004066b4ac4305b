import Kernels
import MicrokernelTypes
import Testing

/// Loops over pixels and channels against plain ones, for every kind of processor.
@Suite struct LayoutKernelsTests {
    private static let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 50]

    /// Elements between those of the matrix stay as they are.
    @Test(arguments: ProcessorLevel.usable)
    func matricesAreTransposed(level: ProcessorLevel) {
        var numbers = SeededNumbers(1)
        for rows in Self.sizes {
            for columns in Self.sizes {
                let (sourceStride, targetStride) = (rows + numbers.next(0...3), columns + numbers.next(0...3))
                let source = (0..<(columns - 1) * sourceStride + rows).map { UInt32($0 + 1) }
                var target = [UInt32](repeating: 0, count: (rows - 1) * targetStride + columns)
                var expected = target
                for row in 0..<rows {
                    for column in 0..<columns {
                        expected[row * targetStride + column] = source[column * sourceStride + row]
                    }
                }
                source.withUnsafeBufferPointer { source in
                    target.withUnsafeMutableBufferPointer { target in
                        LayoutKernels.at(level).transpose(
                            TransposeCall(
                                source: source.baseAddress!, sourceStride: sourceStride, target: target.baseAddress!,
                                targetStride: targetStride, rows: rows, columns: columns))
                    }
                }
                #expect(target == expected, "\(rows) x \(columns)")
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func channelsAreScaledAndShiftedInPlace(level: ProcessorLevel) {
        var numbers = SeededNumbers(2)
        for channels in Self.sizes {
            let rows = numbers.next(1...4)
            var values = numbers.floats(rows * channels)
            values[numbers.next(0...values.count - 1)] = .nan
            let (scale, shift) = (numbers.floats(channels), numbers.floats(channels))
            let mean = numbers.floats(channels)
            for hasMean in [false, true] {
                let expected = values.indices.map { index -> Float in
                    let channel = index % channels
                    let x = (values[index] - (hasMean ? mean[channel] : 0)) * scale[channel] + shift[channel]
                    return x < -1 ? -1 : x > 2 ? 2 : x
                }
                var result = values
                result.withUnsafeMutableBufferPointer { pixels in
                    scale.withUnsafeBufferPointer { scale in
                        shift.withUnsafeBufferPointer { shift in
                            mean.withUnsafeBufferPointer { mean in
                                var call = ScaleShiftCall(
                                    source: pixels.baseAddress!, result: pixels.baseAddress!, rows: rows,
                                    channels: channels, mean: hasMean ? mean.baseAddress! : nil,
                                    scale: scale.baseAddress!, shift: shift.baseAddress!)
                                (call.low, call.high) = (-1, 2)
                                LayoutKernels.at(level).scaleShift(call)
                            }
                        }
                    }
                }
                #expect(zip(result, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(channels)")
            }
        }
    }
}
