import MicrokernelTypes

/// A random window over a random image with its channels last, computed element by element.
struct PlainWindow {
    var channels: Int
    var rows: Axis
    var columns: Axis

    struct Axis {
        var input: Int
        var window: Int
        var stride: Int
        var dilation: Int
        var before: Int
        var output: Int

        init(_ numbers: inout SeededNumbers) {
            input = numbers.next(1...14)
            window = numbers.next(0...2) == 0 ? numbers.next(1...7) : 2 * numbers.next(1...2) + 1
            stride = numbers.next(1...3)
            dilation = numbers.next(0...3) == 0 ? numbers.next(2...3) : 1
            before = numbers.next(0...4)
            output = numbers.next(1...14)
        }

        /// The taps inside of the input at place `place`.
        func taps(_ place: Int) -> [Int] { (0..<window).filter { (0..<input).contains(source(place, $0)) } }

        func source(_ place: Int, _ tap: Int) -> Int { place * stride - before + tap * dilation }
    }

    init(_ numbers: inout SeededNumbers, channels: Int) {
        self.channels = channels
        rows = Axis(&numbers)
        columns = Axis(&numbers)
    }

    var inputCount: Int { rows.input * columns.input * channels }
    var filterCount: Int { rows.window * columns.window * channels }
    var outputCount: Int { rows.output * columns.output * channels }

    /// The results of `rule`, which gets positions in input and filter of the elements under one place of the window.
    func map(_ rule: (_ elements: [(input: Int, filter: Int)], _ output: Int) -> Float) -> [Float] {
        (0..<outputCount).map { output in
            let (pixel, channel) = output.quotientAndRemainder(dividingBy: channels)
            let (y, x) = pixel.quotientAndRemainder(dividingBy: columns.output)
            let elements = rows.taps(y).flatMap { tapY in
                columns.taps(x).map { tapX in
                    (
                        input: (rows.source(y, tapY) * columns.input + columns.source(x, tapX)) * channels + channel,
                        filter: (tapY * columns.window + tapX) * channels + channel
                    )
                }
            }
            return rule(elements, output)
        }
    }

    /// The results of `line`, called for each line.
    func run(
        _ line: (borrowing WindowCall) -> Void, _ input: [Float], filter: [Float] = [], bias: [Float] = [],
        residual: [Float] = [], limits: (Float, Float) = (-.infinity, .infinity)
    ) -> [Float] {
        var output = [Float](repeating: .nan, count: outputCount)
        output.withUnsafeMutableBufferPointer { output in
            input.withUnsafeBufferPointer { input in
                filter.withUnsafeBufferPointer { filter in
                    bias.withUnsafeBufferPointer { bias in
                        residual.withUnsafeBufferPointer { residual in
                            for y in 0..<rows.output {
                                let taps = rows.taps(y)
                                let first = taps.first.map { rows.source(y, $0) } ?? 0
                                let offset = y * columns.output * channels
                                var call = WindowCall(
                                    input: input.baseAddress! + first * columns.input * channels,
                                    rowStride: rows.dilation * columns.input * channels, rowCount: taps.count,
                                    width: columns.input, pixelStride: channels, channels: channels,
                                    window: columns.window, dilation: columns.dilation, stride: columns.stride,
                                    before: columns.before, outputWidth: columns.output,
                                    output: output.baseAddress! + offset)
                                if !filter.isEmpty {
                                    call.filter =
                                        filter.baseAddress! + (taps.first ?? 0) * columns.window * channels
                                }
                                if !bias.isEmpty { call.bias = bias.baseAddress! }
                                if !residual.isEmpty { call.residual = residual.baseAddress! + offset }
                                (call.low, call.high) = limits
                                line(call)
                            }
                        }
                    }
                }
            }
        }
        return output
    }
}

extension SeededNumbers {
    /// Multiples of 1/8 between -2 and 2, whose sums of products are exact.
    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(next(-16...16)) / 8 } }
}
