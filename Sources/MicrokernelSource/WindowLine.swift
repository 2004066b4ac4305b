import MicrokernelTypes

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
        guard from < end, call.rowCount > 0 else { return WindowBlock<V, Rule, lanes, 1, 0, 0>.runEmpty(call, x: x) }
        guard taps > 0 else { return WindowBlock<V, Rule, lanes, 1, 0, 0>.run(call, x: x, from: from, end: end) }
        switch end &- from {
        case 2: WindowBlock<V, Rule, lanes, 1, 2, 0>.run(call, x: x, from: from, end: end)
        case 3: WindowBlock<V, Rule, lanes, 1, 3, 0>.run(call, x: x, from: from, end: end)
        case 4: WindowBlock<V, Rule, lanes, 1, 4, 0>.run(call, x: x, from: from, end: end)
        default: WindowBlock<V, Rule, lanes, 1, 0, 0>.run(call, x: x, from: from, end: end)
        }
    }
}

#if LEVEL_AVX512
    private typealias WholeLine<Rule: WindowRule, let taps: Int, let stride: Int> = WindowLine<
        SIMD16<Float>, Rule, 16, taps, stride
    >
#elseif LEVEL_AVX2
    private typealias WholeLine<Rule: WindowRule, let taps: Int, let stride: Int> = WindowLine<
        SIMD8<Float>, Rule, 8, taps, stride
    >
#else
    private typealias WholeLine<Rule: WindowRule, let taps: Int, let stride: Int> = WindowLine<
        SIMD4<Float>, Rule, 4, taps, stride
    >
#endif

/// Any window, with the vectors that fit the number of channels.
private func runAny<Rule: WindowRule>(_ call: borrowing WindowCall, _: Rule.Type) {
    if call.channels >= Lanes.scalarCount { return WholeLine<Rule, 0, 0>.run(call) }
    switch call.channels {
    case 1: WindowLine<SIMD4<Float>, Rule, 1, 0, 0>.run(call)
    case 2: WindowLine<SIMD4<Float>, Rule, 2, 0, 0>.run(call)
    case 3: WindowLine<SIMD4<Float>, Rule, 3, 0, 0>.run(call)
    default: WindowLine<SIMD4<Float>, Rule, 4, 0, 0>.run(call)
    }
}

/// A convolution; the windows that most networks have are loops of their own.
private func convolve(_ call: borrowing WindowCall) {
    guard call.dilation == 1, call.channels >= Lanes.scalarCount else { return runAny(call, WindowProducts.self) }
    switch (call.window, call.stride) {
    case (3, 1): WholeLine<WindowProducts, 3, 1>.run(call)
    case (3, 2): WholeLine<WindowProducts, 3, 2>.run(call)
    case (5, 1): WholeLine<WindowProducts, 5, 1>.run(call)
    case (5, 2): WholeLine<WindowProducts, 5, 2>.run(call)
    default: runAny(call, WindowProducts.self)
    }
}

/// Pooling; the windows that most networks have are loops of their own.
private func pool<Rule: WindowRule>(_ call: borrowing WindowCall, _: Rule.Type) {
    guard call.dilation == 1, call.channels >= Lanes.scalarCount else { return runAny(call, Rule.self) }
    switch (call.window, call.stride) {
    case (2, 2): WholeLine<Rule, 2, 2>.run(call)
    case (3, 1): WholeLine<Rule, 3, 1>.run(call)
    case (3, 2): WholeLine<Rule, 3, 2>.run(call)
    default: runAny(call, Rule.self)
    }
}

/// The windows of this level.
public func windowKernels() -> WindowKernels {
    WindowKernels(
        convolution: { convolve($0) }, maximum: { pool($0, WindowMaximum.self) }, mean: { pool($0, WindowMean.self) })
}
