import MicrokernelTypes

/// Enough sums that none waits for its own last addition, and few enough for the registers.
private let sums = 12

private func multiplyAndAdd(_ rounds: Int, _ start: UnsafePointer<Float>) -> Float {
    let width = Lanes.scalarCount
    // From memory: of vectors with known contents the compiler makes something else.
    let factor = Lanes(loading: start)
    let summand = Lanes(loading: start + width)
    var a = Lanes(loading: start + 2 &* width)
    var b = Lanes(loading: start + 3 &* width)
    var c = Lanes(loading: start + 4 &* width)
    var d = Lanes(loading: start + 5 &* width)
    var e = Lanes(loading: start + 6 &* width)
    var f = Lanes(loading: start + 7 &* width)
    var g = Lanes(loading: start + 8 &* width)
    var h = Lanes(loading: start + 9 &* width)
    var i = Lanes(loading: start + 10 &* width)
    var j = Lanes(loading: start + 11 &* width)
    var k = Lanes(loading: start + 12 &* width)
    var l = Lanes(loading: start + 13 &* width)
    var rest = rounds
    repeat {
        a = summand.plus(a, times: factor)
        b = summand.plus(b, times: factor)
        c = summand.plus(c, times: factor)
        d = summand.plus(d, times: factor)
        e = summand.plus(e, times: factor)
        f = summand.plus(f, times: factor)
        g = summand.plus(g, times: factor)
        h = summand.plus(h, times: factor)
        i = summand.plus(i, times: factor)
        j = summand.plus(j, times: factor)
        k = summand.plus(k, times: factor)
        l = summand.plus(l, times: factor)
        rest &-= 1
    } while rest > 0
    return sumOfLanes(((a + b) + (c + d)) + ((e + f) + (g + h)) + ((i + j) + (k + l)))
}

/// The limits of this level.
public func limitKernels() -> LimitKernels {
    LimitKernels(
        operationsPerRound: 2 &* sums &* Lanes.scalarCount, valueCount: (sums &+ 2) &* Lanes.scalarCount,
        multiplyAndAdd: multiplyAndAdd)
}
