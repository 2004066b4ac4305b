import MicrokernelTypes

// Minimal filtering in two dimensions: the one-dimensional transformation is applied to the columns, then to the lines.
// The points are 0, 1, -1 and infinity, for four outputs also 2 and -2.

private typealias Points4 = (Lanes, Lanes, Lanes, Lanes)
private typealias Points6 = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

@inline(__always)
private func scattered(_ d: Points4) -> Points4 { (d.0 - d.2, d.1 + d.2, d.2 - d.1, d.1 - d.3) }

@inline(__always)
private func gathered(_ m: Points4) -> (Lanes, Lanes) { (m.0 + m.1 + m.2, m.1 - m.2 - m.3) }

@inline(__always)
private func scattered(_ d: Points6) -> Points6 {
    let two = Lanes(repeating: 2)
    let four = Lanes(repeating: 4)
    let five = Lanes(repeating: -5)
    let even = d.4.plus(d.2, times: -four)
    let odd = d.3.plus(d.1, times: -four)
    let difference = d.4 - d.2
    let twice = (d.3 - d.1) * two
    return (
        d.4.plus(d.0, times: four).plus(d.2, times: five), even + odd, even - odd, difference + twice,
        difference - twice, d.5.plus(d.1, times: four).plus(d.3, times: five)
    )
}

@inline(__always)
private func gathered(_ m: Points6) -> Points4 {
    let sum = m.1 + m.2
    let difference = m.1 - m.2
    let farSum = m.3 + m.4
    let farDifference = m.3 - m.4
    return (
        m.0 + sum + farSum, difference.plus(farDifference, times: Lanes(repeating: 2)),
        sum.plus(farSum, times: Lanes(repeating: 4)),
        (difference + m.5).plus(farDifference, times: Lanes(repeating: 8))
    )
}

private func transformInput2(_ call: borrowing WinogradInputCall) -> Float {
    var rows = InlineArray<16, Lanes>(repeating: .zero)
    var (squares, others) = (Lanes.zero, Lanes.zero)
    var position = 0
    repeat {
        let channel = vectorStart(position, of: call.channels)
        let input = call.input + channel
        var x = 0
        repeat {
            let pixel = input + x &* call.pixelStride
            let line = call.lineStride
            let elements: Points4 = (
                Lanes(loading: pixel), Lanes(loading: pixel + line), Lanes(loading: pixel + 2 &* line),
                Lanes(loading: pixel + 3 &* line)
            )
            squares = squares.plus(elements.0, times: elements.0).plus(elements.1, times: elements.1)
            others = others.plus(elements.2, times: elements.2).plus(elements.3, times: elements.3)
            let column = scattered(elements)
            rows[unchecked: x] = column.0
            rows[unchecked: 4 &+ x] = column.1
            rows[unchecked: 8 &+ x] = column.2
            rows[unchecked: 12 &+ x] = column.3
            x &+= 1
        } while x < 4
        var result = call.result + channel
        let next = call.pointStride
        var first = 0
        repeat {
            let row = scattered(
                (
                    rows[unchecked: first], rows[unchecked: first &+ 1], rows[unchecked: first &+ 2],
                    rows[unchecked: first &+ 3]
                ) as Points4)
            row.0.store(to: result)
            row.1.store(to: result + next)
            row.2.store(to: result + 2 &* next)
            row.3.store(to: result + 3 &* next)
            result += 4 &* next
            first &+= 4
        } while first < 16
        position &+= Lanes.scalarCount
    } while position < call.channels
    return sumOfLanes(squares + others)
}

private func transformInput4(_ call: borrowing WinogradInputCall) -> Float {
    var rows = InlineArray<36, Lanes>(repeating: .zero)
    var (squares, others) = (Lanes.zero, Lanes.zero)
    var position = 0
    repeat {
        let channel = vectorStart(position, of: call.channels)
        let input = call.input + channel
        var x = 0
        repeat {
            let pixel = input + x &* call.pixelStride
            let line = call.lineStride
            let elements: Points6 = (
                Lanes(loading: pixel), Lanes(loading: pixel + line), Lanes(loading: pixel + 2 &* line),
                Lanes(loading: pixel + 3 &* line), Lanes(loading: pixel + 4 &* line), Lanes(loading: pixel + 5 &* line)
            )
            squares = squares.plus(elements.0, times: elements.0).plus(elements.1, times: elements.1)
            others = others.plus(elements.2, times: elements.2).plus(elements.3, times: elements.3)
            squares = squares.plus(elements.4, times: elements.4)
            others = others.plus(elements.5, times: elements.5)
            let column = scattered(elements)
            rows[unchecked: x] = column.0
            rows[unchecked: 6 &+ x] = column.1
            rows[unchecked: 12 &+ x] = column.2
            rows[unchecked: 18 &+ x] = column.3
            rows[unchecked: 24 &+ x] = column.4
            rows[unchecked: 30 &+ x] = column.5
            x &+= 1
        } while x < 6
        var result = call.result + channel
        let next = call.pointStride
        var first = 0
        repeat {
            let row = scattered(
                (
                    rows[unchecked: first], rows[unchecked: first &+ 1], rows[unchecked: first &+ 2],
                    rows[unchecked: first &+ 3], rows[unchecked: first &+ 4], rows[unchecked: first &+ 5]
                ) as Points6)
            row.0.store(to: result)
            row.1.store(to: result + next)
            row.2.store(to: result + 2 &* next)
            row.3.store(to: result + 3 &* next)
            row.4.store(to: result + 4 &* next)
            row.5.store(to: result + 5 &* next)
            result += 6 &* next
            first &+= 6
        } while first < 36
        position &+= Lanes.scalarCount
    } while position < call.channels
    return sumOfLanes(squares + others)
}

private func transformOutput2(_ call: borrowing WinogradOutputCall) {
    var columns = InlineArray<8, Lanes>(repeating: .zero)
    var position = 0
    repeat {
        let channel = vectorStart(position, of: call.channels)
        let next = call.pointStride
        var x = 0
        repeat {
            let sums = call.sums + (x &* next &+ channel)
            let column = gathered(
                (
                    Lanes(loading: sums), Lanes(loading: sums + 4 &* next), Lanes(loading: sums + 8 &* next),
                    Lanes(loading: sums + 12 &* next)
                ) as Points4)
            columns[unchecked: x] = column.0
            columns[unchecked: 4 &+ x] = column.1
            x &+= 1
        } while x < 4
        var line = 0
        repeat {
            let first = line &* 4
            let row = gathered(
                (
                    columns[unchecked: first], columns[unchecked: first &+ 1], columns[unchecked: first &+ 2],
                    columns[unchecked: first &+ 3]
                ) as Points4)
            let offset = line &* call.lineStride &+ channel
            finish(call, row.0, offset, channel)
            if call.pixels > 1 { finish(call, row.1, offset &+ call.pixelStride, channel) }
            line &+= 1
        } while line < call.lines
        position &+= Lanes.scalarCount
    } while position < call.channels
}

private func transformOutput4(_ call: borrowing WinogradOutputCall) {
    var columns = InlineArray<24, Lanes>(repeating: .zero)
    var position = 0
    repeat {
        let channel = vectorStart(position, of: call.channels)
        let next = call.pointStride
        var x = 0
        repeat {
            let sums = call.sums + (x &* next &+ channel)
            let column = gathered(
                (
                    Lanes(loading: sums), Lanes(loading: sums + 6 &* next), Lanes(loading: sums + 12 &* next),
                    Lanes(loading: sums + 18 &* next), Lanes(loading: sums + 24 &* next),
                    Lanes(loading: sums + 30 &* next)
                ) as Points6)
            columns[unchecked: x] = column.0
            columns[unchecked: 6 &+ x] = column.1
            columns[unchecked: 12 &+ x] = column.2
            columns[unchecked: 18 &+ x] = column.3
            x &+= 1
        } while x < 6
        var line = 0
        repeat {
            let first = line &* 6
            let row = gathered(
                (
                    columns[unchecked: first], columns[unchecked: first &+ 1], columns[unchecked: first &+ 2],
                    columns[unchecked: first &+ 3], columns[unchecked: first &+ 4], columns[unchecked: first &+ 5]
                ) as Points6)
            let offset = line &* call.lineStride &+ channel
            let step = call.pixelStride
            finish(call, row.0, offset, channel)
            if call.pixels > 1 { finish(call, row.1, offset &+ step, channel) }
            if call.pixels > 2 { finish(call, row.2, offset &+ 2 &* step, channel) }
            if call.pixels > 3 { finish(call, row.3, offset &+ 3 &* step, channel) }
            line &+= 1
        } while line < call.lines
        position &+= Lanes.scalarCount
    } while position < call.channels
}

/// Adds bias and residual, limits and stores one vector of the result.
@inline(__always)
private func finish(_ call: borrowing WinogradOutputCall, _ value: Lanes, _ offset: Int, _ channel: Int) {
    var sum = value
    if let bias = call.bias { sum += Lanes(loading: bias + channel) }
    if let residual = call.residual { sum += Lanes(loading: residual + offset) }
    sum = sum.replacing(with: call.low, where: sum .< call.low)
    sum = sum.replacing(with: call.high, where: sum .> call.high)
    sum.store(to: call.result + offset)
}

/// Where the vector at `channel` of `count` elements begins; the last one overlaps the one before it if need be.
@inline(__always)
private func vectorStart(_ channel: Int, of count: Int) -> Int { min(channel, count &- Lanes.scalarCount) }

/// The transformations of this level.
public func winogradKernels() -> WinogradKernels {
    WinogradKernels(
        vectorWidth: Lanes.scalarCount,
        transformInput: { $0 == .two ? transformInput2($1) : transformInput4($1) },
        transformOutput: { $0 == .two ? transformOutput2($1) : transformOutput4($1) })
}
