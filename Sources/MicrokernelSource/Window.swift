import MicrokernelTypes

/// What is made of the elements under a window.
protocol WindowRule {
    static var hasFilter: Bool { get }
    static func start<V: OrderedLanes>(_: V.Type) -> V
    static func combine<V: OrderedLanes>(_ sum: V, _ values: V, _ weights: V) -> V
    /// The result for `count` elements.
    static func finish<V: OrderedLanes>(_ sum: V, _ count: Int) -> V
}

enum WindowProducts: WindowRule {
    @inline(__always) static var hasFilter: Bool { true }
    @inline(__always) static func start<V: OrderedLanes>(_: V.Type) -> V { .zero }
    @inline(__always) static func combine<V: OrderedLanes>(_ sum: V, _ values: V, _ weights: V) -> V {
        sum.plus(values, times: weights)
    }
    @inline(__always) static func finish<V: OrderedLanes>(_ sum: V, _: Int) -> V { sum }
}

enum WindowMaximum: WindowRule {
    @inline(__always) static var hasFilter: Bool { false }
    @inline(__always) static func start<V: OrderedLanes>(_: V.Type) -> V {
        V(repeating: -Float.greatestFiniteMagnitude)
    }
    @inline(__always) static func combine<V: OrderedLanes>(_ sum: V, _ values: V, _: V) -> V {
        values.greater(sum)
    }
    @inline(__always) static func finish<V: OrderedLanes>(_ sum: V, _: Int) -> V { sum }
}

enum WindowMean: WindowRule {
    @inline(__always) static var hasFilter: Bool { false }
    @inline(__always) static func start<V: OrderedLanes>(_: V.Type) -> V { .zero }
    @inline(__always) static func combine<V: OrderedLanes>(_ sum: V, _ values: V, _: V) -> V {
        sum + values
    }
    @inline(__always) static func finish<V: OrderedLanes>(_ sum: V, _ count: Int) -> V {
        sum / V(repeating: Float(count))
    }
}

/// Neighbouring pixels of the result that are computed together, so that weights and pixels are loaded once for several.
///
/// `lanes` is how many elements of a vector are used. `taps` and `stride` are those of the window along the line if they are
/// known, without dilation; 0 if the call tells them.
struct WindowBlock<V: OrderedLanes, Rule: WindowRule, let lanes: Int, let columns: Int, let taps: Int, let stride: Int>
{
    typealias Sums = InlineArray<columns, V>

    /// Computes the pixels from `x` on, from the taps `from..<end` of each row; there is at least one tap.
    @inline(__always)
    static func run(_ call: borrowing WindowCall, x: Int, from: Int, end: Int) {
        let pixel = call.pixelStride
        let spread = taps > 0 ? pixel : call.dilation &* pixel
        let step = (stride > 0 ? stride : call.stride) &* pixel
        let count = taps > 0 ? taps : end &- from
        let start = call.input + ((x &* call.stride &- call.before) &* pixel &+ from &* spread)
        let rows = call.rowCount
        let filterRow = call.window &* pixel
        var next = 0
        repeat {
            // The last vector overlaps the one before it where the channels are no multiple of a vector.
            let channel = min(next, call.channels &- lanes)
            var sums = Sums(repeating: Rule.start(V.self))
            var line = start + channel
            var filter = Rule.hasFilter ? call.filter.unsafelyUnwrapped + (from &* pixel &+ channel) : start
            var row = 0
            repeat {
                var tap = 0
                repeat {
                    let weights = Rule.hasFilter ? load(filter + tap &* pixel) : .zero
                    let values = line + tap &* spread
                    var column = 0
                    while column < columns {
                        let value = load(values + column &* step)
                        sums[unchecked: column] = Rule.combine(sums[unchecked: column], value, weights)
                        column &+= 1
                    }
                    tap &+= 1
                } while tap < count
                line += call.rowStride
                if Rule.hasFilter { filter += filterRow }
                row &+= 1
            } while row < rows
            finish(call, x, channel, rows &* count, &sums)
            next &+= lanes
        } while next < call.channels
    }

    @inline(__always)
    private static func finish(
        _ call: borrowing WindowCall, _ x: Int, _ channel: Int, _ count: Int, _ sums: inout Sums
    ) {
        let low = V(repeating: call.low)
        let high = V(repeating: call.high)
        let bias: V = if Rule.hasFilter, let bias = call.bias { load(bias + channel) } else { .zero }
        var column = 0
        while column < columns {
            let offset = (x &+ column) &* call.pixelStride &+ channel
            var sum = Rule.finish(sums[unchecked: column], count)
            if Rule.hasFilter {
                sum += bias
                if let residual = call.residual { sum += load(residual + offset) }
                sum = sum.greater(low).smaller(high)
            }
            store(sum, call.output + offset)
            column &+= 1
        }
    }

    /// The pixel `x` if no tap is inside of the input.
    static func runEmpty(_ call: borrowing WindowCall, x: Int) {
        var next = 0
        repeat {
            var sums = Sums(repeating: Rule.start(V.self))
            finish(call, x, min(next, call.channels &- lanes), 1, &sums)
            next &+= lanes
        } while next < call.channels
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>) -> V {
        if lanes == V.scalarCount { return V(loading: pointer) }
        var values = V.zero
        var lane = 0
        while lane < lanes {
            values[lane] = pointer[lane]
            lane &+= 1
        }
        return values
    }

    @inline(__always)
    private static func store(_ values: V, _ pointer: UnsafeMutablePointer<Float>) {
        if lanes == V.scalarCount { return values.store(to: pointer) }
        var lane = 0
        while lane < lanes {
            pointer[lane] = values[lane]
            lane &+= 1
        }
    }
}

/// A whole line: pixels whose window reaches over an edge of the input one by one, those between them in blocks.
struct WindowLine<V: OrderedLanes, Rule: WindowRule, let lanes: Int, let taps: Int, let stride: Int> {
    static func run(_ call: borrowing WindowCall) {
        let reach = (call.window &- 1) &* call.dilation
        let lastStart = call.width &- 1 &- reach &+ call.before
        let inside = lastStart < 0 ? 0 : min(lastStart / call.stride &+ 1, call.outputWidth)
        let first = min((call.before &+ call.stride &- 1) / call.stride, call.outputWidth)
        var x = 0
        while x < first {
            border(call, x)
            x &+= 1
        }
        if call.rowCount > 0 {
            while inside &- x >= 8 {
                block8(call, x)
                x &+= 8
            }
            if inside &- x >= 4 {
                block4(call, x)
                x &+= 4
            }
            if inside &- x >= 2 {
                block2(call, x)
                x &+= 2
            }
        }
        while x < call.outputWidth {
            border(call, x)
            x &+= 1
        }
    }

    @inline(never)
    private static func block8(_ call: borrowing WindowCall, _ x: Int) {
        WindowBlock<V, Rule, lanes, 8, taps, stride>.run(call, x: x, from: 0, end: call.window)
    }

    @inline(never)
    private static func block4(_ call: borrowing WindowCall, _ x: Int) {
        WindowBlock<V, Rule, lanes, 4, taps, stride>.run(call, x: x, from: 0, end: call.window)
    }

    @inline(never)
    private static func block2(_ call: borrowing WindowCall, _ x: Int) {
        WindowBlock<V, Rule, lanes, 2, taps, stride>.run(call, x: x, from: 0, end: call.window)
    }

    /// A pixel some of whose taps may be outside of the input.
    @inline(never)
    private static func border(_ call: borrowing WindowCall, _ x: Int) {
        let start = x &* call.stride &- call.before
        let rest = call.width &- start
        let from = start < 0 ? (call.dilation &- 1 &- start) / call.dilation : 0
        let end = rest <= 0 ? 0 : min((rest &+ call.dilation &- 1) / call.dilation, call.window)
        if from < end, call.rowCount > 0 {
            WindowBlock<V, Rule, lanes, 1, 0, 0>.run(call, x: x, from: from, end: end)
        } else {
            WindowBlock<V, Rule, lanes, 1, 0, 0>.runEmpty(call, x: x)
        }
    }
}

/// The vectors that fit the number of channels.
private func runWindow<Rule: WindowRule>(_ call: borrowing WindowCall, _: Rule.Type) {
    #if LEVEL_AVX512
        if call.channels >= 16 { return WindowLine<SIMD16<Float>, Rule, 16, 0, 0>.run(call) }
    #endif
    #if LEVEL_AVX512 || LEVEL_AVX2
        if call.channels >= 8 { return WindowLine<SIMD8<Float>, Rule, 8, 0, 0>.run(call) }
    #endif
    switch call.channels {
    case 1: WindowLine<SIMD4<Float>, Rule, 1, 0, 0>.run(call)
    case 2: WindowLine<SIMD4<Float>, Rule, 2, 0, 0>.run(call)
    case 3: WindowLine<SIMD4<Float>, Rule, 3, 0, 0>.run(call)
    default: WindowLine<SIMD4<Float>, Rule, 4, 0, 0>.run(call)
    }
}

#if LEVEL_AVX512
    private typealias ConvolutionLine<let taps: Int, let stride: Int> = WindowLine<
        SIMD16<Float>, WindowProducts, 16, taps, stride
    >
#elseif LEVEL_AVX2
    private typealias ConvolutionLine<let taps: Int, let stride: Int> = WindowLine<
        SIMD8<Float>, WindowProducts, 8, taps, stride
    >
#else
    private typealias ConvolutionLine<let taps: Int, let stride: Int> = WindowLine<
        SIMD4<Float>, WindowProducts, 4, taps, stride
    >
#endif

/// The windows that most networks have are loops of their own.
private func runConvolution(_ call: borrowing WindowCall) {
    guard call.dilation == 1, call.channels >= Lanes.scalarCount else { return runWindow(call, WindowProducts.self) }
    switch (call.window, call.stride) {
    case (3, 1): ConvolutionLine<3, 1>.run(call)
    case (3, 2): ConvolutionLine<3, 2>.run(call)
    case (5, 1): ConvolutionLine<5, 1>.run(call)
    case (5, 2): ConvolutionLine<5, 2>.run(call)
    default: runWindow(call, WindowProducts.self)
    }
}

/// The windows of this level.
public func windowKernels() -> WindowKernels {
    WindowKernels(
        convolution: { runConvolution($0) }, maximum: { runWindow($0, WindowMaximum.self) },
        mean: { runWindow($0, WindowMean.self) })
}
