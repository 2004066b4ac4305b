import Kernels
import MicrokernelTypes
import Testing

/// Windows over random images against element-by-element loops, for every kind of processor; all numbers are exact.
@Suite struct WindowKernelsTests {
    private static let channels = [1, 2, 3, 4, 5, 7, 8, 11, 15, 16, 17, 24, 32, 33, 47, 64]

    private func forEachWindow(_ seed: UInt64, _ body: (PlainWindow, inout SeededNumbers) -> Void) {
        var numbers = SeededNumbers(seed)
        for channels in Self.channels {
            for _ in 0..<10 {
                let window = PlainWindow(&numbers, channels: channels)
                body(window, &numbers)
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func convolutionsAgreeWithPlainSums(level: ProcessorLevel) {
        forEachWindow(1) { window, numbers in
            let (input, filter) = (numbers.floats(window.inputCount), numbers.floats(window.filterCount))
            let bias = numbers.next(0...1) == 0 ? [] : numbers.floats(window.channels)
            let residual = numbers.next(0...1) == 0 ? [] : numbers.floats(window.outputCount)
            let expected = window.map { elements, output in
                var sum = elements.reduce(Float(0)) { $0 + input[$1.input] * filter[$1.filter] }
                if !bias.isEmpty { sum += bias[output % window.channels] }
                if !residual.isEmpty { sum += residual[output] }
                return min(max(sum, -3), 6)
            }
            let result = window.run(
                WindowKernels.at(level).convolution, input, filter: filter, bias: bias, residual: residual,
                limits: (-3, 6))
            #expect(result == expected, "\(window)")
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func maximaAgreeWithPlainLoops(level: ProcessorLevel) {
        forEachWindow(2) { window, numbers in
            let input = numbers.floats(window.inputCount)
            let expected = window.map { elements, _ in
                elements.reduce(-Float.greatestFiniteMagnitude) { max($0, input[$1.input]) }
            }
            #expect(window.run(WindowKernels.at(level).maximum, input) == expected, "\(window)")
        }
    }

    @Test(arguments: ProcessorLevel.usable)
    func meansAgreeWithPlainLoops(level: ProcessorLevel) {
        forEachWindow(3) { window, numbers in
            let input = numbers.floats(window.inputCount)
            let expected = window.map { elements, _ in
                elements.reduce(Float(0)) { $0 + input[$1.input] } / Float(max(elements.count, 1))
            }
            #expect(window.run(WindowKernels.at(level).mean, input) == expected, "\(window)")
        }
    }

    /// Values that are not numbers pass through limits, and win over what a maximum has seen before them.
    @Test(arguments: ProcessorLevel.usable)
    func valuesThatAreNoNumbersAreKept(level: ProcessorLevel) {
        var numbers = SeededNumbers(4)
        for channels in Self.channels {
            var window = PlainWindow(&numbers, channels: channels)
            for path in [\PlainWindow.rows, \PlainWindow.columns] {
                (window[keyPath: path].window, window[keyPath: path].stride, window[keyPath: path].before) = (3, 1, 0)
                (window[keyPath: path].dilation, window[keyPath: path].input) = (1, 12)
                window[keyPath: path].output = 10
            }
            var input = numbers.floats(window.inputCount)
            input[input.count - 1] = .nan
            let kernels = WindowKernels.at(level)
            let filter = numbers.floats(window.filterCount)
            #expect(window.run(kernels.convolution, input, filter: filter, limits: (0, 6)).last!.isNaN)
            #expect(window.run(kernels.maximum, input).last!.isNaN)
            #expect(window.run(kernels.mean, input).last!.isNaN)
        }
    }
}
