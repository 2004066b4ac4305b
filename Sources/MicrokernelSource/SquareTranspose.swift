/// As many vectors as each has lanes.
#if LEVEL_AVX512
    typealias Square = InlineArray<16, Lanes>

    /// By a literal: a call that fills an array would be shared with code for every processor.
    @inline(__always) func emptySquare() -> Square {
        [
            .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
            .zero,
        ]
    }
#elseif LEVEL_AVX2
    typealias Square = InlineArray<8, Lanes>

    @inline(__always) func emptySquare() -> Square { [.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero] }
#else
    typealias Square = InlineArray<4, Lanes>

    @inline(__always) func emptySquare() -> Square { [.zero, .zero, .zero, .zero] }
#endif

/// Exchanges rows and columns: interleaving the two halves of the rows once for each doubling of their number.
@inline(__always)
func transpose(_ square: inout Square) {
    let half = Lanes.scalarCount / 2
    var step = 1
    while step < Lanes.scalarCount {
        var result = emptySquare()
        var row = 0
        while row < half {
            let upper = square[unchecked: row]
            let lower = square[unchecked: row &+ half]
            var first = Lanes.zero
            first.evenHalf = upper.lowHalf
            first.oddHalf = lower.lowHalf
            var second = Lanes.zero
            second.evenHalf = upper.highHalf
            second.oddHalf = lower.highHalf
            result[unchecked: 2 &* row] = first
            result[unchecked: 2 &* row &+ 1] = second
            row &+= 1
        }
        square = result
        step &*= 2
    }
}
