import MicrokernelTypes

/// Enough sums that none waits for its own last addition, and few enough for the registers.
private let sums = 12

private func multiplyAndAdd(_ rounds: Int) -> Float {
    let start = Lanes(repeating: Float(rounds))
    let (factor, summand) = (start * 1e-9, start)
    var (a, b, c, d, e, f) = (start, start + 1, start + 2, start + 3, start + 4, start + 5)
    var (g, h, i, j, k, l) = (start + 6, start + 7, start + 8, start + 9, start + 10, start + 11)
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
    LimitKernels(operationsPerRound: 2 &* sums &* Lanes.scalarCount, multiplyAndAdd: multiplyAndAdd)
}
