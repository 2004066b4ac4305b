import MicrokernelTypes

/// Few rows of `a` times several panels at once: with one panel, the loop would wait for the results of its own additions
/// and the processor would have too few loads of the weights in flight.
private struct WideTile<Kind: Weights, let rows: Int> {
    typealias Panel = UnsafePointer<Kind.Element>
    typealias Sums = InlineArray<rows, Lanes>

    /// Four panels from `column` on.
    @inline(__always)
    static func runFour(_ call: borrowing ProductCall, column: Int, _ b: Panel) {
        var sums0 = Sums(repeating: .zero)
        var sums1 = Sums(repeating: .zero)
        var sums2 = Sums(repeating: .zero)
        var sums3 = Sums(repeating: .zero)
        var sums4 = Sums(repeating: .zero)
        var sums5 = Sums(repeating: .zero)
        var sums6 = Sums(repeating: .zero)
        var sums7 = Sums(repeating: .zero)
        let width = Lanes.scalarCount
        let stride = call.rowStride
        let depth = call.tapDepth
        let a = call.a + call.taps[0]
        let panel = depth &* width &* 2
        var b = b
        var index = 0
        repeat {
            add(b, a + index, stride, &sums0)
            add(b + width, a + index, stride, &sums1)
            add(b + panel, a + index, stride, &sums2)
            add(b + panel + width, a + index, stride, &sums3)
            add(b + 2 &* panel, a + index, stride, &sums4)
            add(b + 2 &* panel + width, a + index, stride, &sums5)
            add(b + 3 &* panel, a + index, stride, &sums6)
            add(b + 3 &* panel + width, a + index, stride, &sums7)
            b += 2 &* width
            index &+= 1
        } while index < depth
        finish(call, column, &sums0)
        finish(call, column &+ width, &sums1)
        finish(call, column &+ 2 &* width, &sums2)
        finish(call, column &+ 3 &* width, &sums3)
        finish(call, column &+ 4 &* width, &sums4)
        finish(call, column &+ 5 &* width, &sums5)
        finish(call, column &+ 6 &* width, &sums6)
        finish(call, column &+ 7 &* width, &sums7)
    }

    /// Two panels from `column` on.
    @inline(__always)
    static func runTwo(_ call: borrowing ProductCall, column: Int, _ b: Panel) {
        var sums0 = Sums(repeating: .zero)
        var sums1 = Sums(repeating: .zero)
        var sums2 = Sums(repeating: .zero)
        var sums3 = Sums(repeating: .zero)
        let width = Lanes.scalarCount
        let stride = call.rowStride
        let depth = call.tapDepth
        let a = call.a + call.taps[0]
        let panel = depth &* width &* 2
        var b = b
        var index = 0
        repeat {
            add(b, a + index, stride, &sums0)
            add(b + width, a + index, stride, &sums1)
            add(b + panel, a + index, stride, &sums2)
            add(b + panel + width, a + index, stride, &sums3)
            b += 2 &* width
            index &+= 1
        } while index < depth
        finish(call, column, &sums0)
        finish(call, column &+ width, &sums1)
        finish(call, column &+ 2 &* width, &sums2)
        finish(call, column &+ 3 &* width, &sums3)
    }

    /// Adds bias and residual to the sums of the columns from `column` on, limits and stores them.
    @inline(__always)
    private static func finish(_ call: borrowing ProductCall, _ column: Int, _ sums: inout Sums) {
        let low = Lanes(repeating: call.low)
        let high = Lanes(repeating: call.high)
        var bias = Lanes.zero
        if let biases = call.bias { bias = Lanes(loading: biases + column) }
        let scale = scales(of: Kind.self, call, column)
        let residual = call.residual
        let stride = call.resultStride
        var offset = column
        var index = 0
        while index < rows {
            var sum = scaled(Kind.self, sums[unchecked: index], scale) + bias
            if let residual { sum += Lanes(loading: residual + offset) }
            sum = sum.replacing(with: low, where: sum .< low)
            sum = sum.replacing(with: high, where: sum .> high)
            sum.store(to: call.c + offset)
            offset &+= stride
            index &+= 1
        }
    }

    /// Adds one vector of the weights times the element of each row.
    @inline(__always)
    private static func add(_ b: Panel, _ a: UnsafePointer<Float>, _ stride: Int, _ sums: inout Sums) {
        let weights = Kind.lanes(b)
        var row = 0
        while row < rows {
            sums[unchecked: row] = sums[unchecked: row].plus(weights, times: Lanes(repeating: a[row &* stride]))
            row &+= 1
        }
    }
}

#if LEVEL_AVX512
    /// As many rows as leave the sums of four panels in registers.
    private let rowsOfFour = 3
    /// As many rows as leave the sums of two panels in registers.
    private let rowsOfTwo = 6

    private func fourPanels<Kind: Weights>(
        _ kind: Kind.Type, _ call: borrowing ProductCall, _ count: Int, _ column: Int,
        _ b: UnsafePointer<Kind.Element>
    ) {
        switch count {
        case 1: WideTile<Kind, 1>.runFour(call, column: column, b)
        case 2: WideTile<Kind, 2>.runFour(call, column: column, b)
        default: WideTile<Kind, 3>.runFour(call, column: column, b)
        }
    }

    private func twoPanels<Kind: Weights>(
        _ kind: Kind.Type, _ call: borrowing ProductCall, _ count: Int, _ column: Int,
        _ b: UnsafePointer<Kind.Element>
    ) {
        switch count {
        case 1: WideTile<Kind, 1>.runTwo(call, column: column, b)
        case 2: WideTile<Kind, 2>.runTwo(call, column: column, b)
        case 3: WideTile<Kind, 3>.runTwo(call, column: column, b)
        case 4: WideTile<Kind, 4>.runTwo(call, column: column, b)
        case 5: WideTile<Kind, 5>.runTwo(call, column: column, b)
        default: WideTile<Kind, 6>.runTwo(call, column: column, b)
        }
    }
#else
    /// As many rows as leave the sums of four panels in registers.
    private let rowsOfFour = 1
    /// As many rows as leave the sums of two panels in registers.
    private let rowsOfTwo = 2

    private func fourPanels<Kind: Weights>(
        _ kind: Kind.Type, _ call: borrowing ProductCall, _ count: Int, _ column: Int,
        _ b: UnsafePointer<Kind.Element>
    ) {
        WideTile<Kind, 1>.runFour(call, column: column, b)
    }

    private func twoPanels<Kind: Weights>(
        _ kind: Kind.Type, _ call: borrowing ProductCall, _ count: Int, _ column: Int,
        _ b: UnsafePointer<Kind.Element>
    ) {
        switch count {
        case 1: WideTile<Kind, 1>.runTwo(call, column: column, b)
        default: WideTile<Kind, 2>.runTwo(call, column: column, b)
        }
    }
#endif

private func productOfFewRows<Kind: Weights>(_ kind: Kind.Type, _ call: borrowing ProductCall) {
    let width = 2 &* Lanes.scalarCount
    let panel = call.tapDepth &* width
    var column = 0
    var b = call.b.assumingMemoryBound(to: Kind.Element.self)
    if call.rowCount <= rowsOfFour {
        while call.columnCount &- column >= 4 &* width {
            fourPanels(kind, call, call.rowCount, column, b)
            column &+= 4 &* width
            b += 4 &* panel
        }
    }
    while call.columnCount &- column >= 2 &* width {
        twoPanels(kind, call, call.rowCount, column, b)
        column &+= 2 &* width
        b += 2 &* panel
    }
    guard column < call.columnCount else { return }
    var rest = copy call
    rest.b = UnsafeRawPointer(b)
    rest.columnCount &-= column
    rest.c += column
    if let bias = rest.bias { rest.bias = bias + column }
    if let scales = rest.scales { rest.scales = scales + column }
    if let residual = rest.residual { rest.residual = residual + column }
    product(kind, rest)
}

private func denseProduct<Kind: Weights>(_ kind: Kind.Type, _ call: borrowing ProductCall) {
    if call.rowCount <= rowsOfTwo { productOfFewRows(kind, call) } else { product(kind, call) }
}

/// The products of plain matrices of this level.
public func denseKernels() -> DenseKernels {
    DenseKernels(
        run: { call in
            switch call.precision {
            case .float: denseProduct(FloatWeights.self, call)
            case .bf16: denseProduct(BFloat16Weights.self, call)
            case .int8Weights: denseProduct(Int8Weights.self, call)
            }
        }, fewColumns: 8,
        runLines: { call in
            switch call.precision {
            case .float: productOfLines(FloatWeights.self, call)
            case .bf16: productOfLines(BFloat16Weights.self, call)
            case .int8Weights: productOfLines(Int8Weights.self, call)
            }
        })
}
