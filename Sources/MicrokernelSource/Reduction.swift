import MicrokernelTypes

/// How a reduction takes one element after the other.
protocol ReductionRule {
    static var start: Float { get }
    static func combine<V: OrderedLanes>(_ total: V, _ values: V) -> V
}

enum SumRule: ReductionRule {
    @inline(__always) static var start: Float { 0 }
    @inline(__always) static func combine<V: OrderedLanes>(_ total: V, _ values: V) -> V { total + values }
}

enum MaximumRule: ReductionRule {
    @inline(__always) static var start: Float { -.infinity }
    @inline(__always) static func combine<V: OrderedLanes>(_ total: V, _ values: V) -> V {
        total.greater(values).replaced(whereNoNumber: values)
    }
}

enum MinimumRule: ReductionRule {
    @inline(__always) static var start: Float { .infinity }
    @inline(__always) static func combine<V: OrderedLanes>(_ total: V, _ values: V) -> V {
        total.smaller(values).replaced(whereNoNumber: values)
    }
}

/// So many vectors go into one total before it is put aside, at the least; about as many as there are such totals, which keeps
/// rounding errors small.
private let shortestPart = 64

@inline(__always)
private func partLength(_ count: Int) -> Int {
    var length = shortestPart
    while length < 1 << 20, length &* length < count { length &*= 2 }
    return length
}

/// `vectors` neighbouring vectors of columns.
struct ColumnReduction<Rule: ReductionRule, let vectors: Int> {
    typealias Totals = InlineArray<vectors, Lanes>

    /// Computes the results from `column` on.
    @inline(__always)
    static func run(_ call: borrowing ReductionCall, _ column: Int) {
        let width = Lanes.scalarCount
        var totals = Totals(repeating: Lanes(repeating: Rule.start))
        var row = call.source + column
        var rest = call.count
        let longest = partLength(rest)
        repeat {
            var part = Totals(repeating: Lanes(repeating: Rule.start))
            var index = min(rest, longest)
            rest &-= index
            repeat {
                var vector = 0
                while vector < vectors {
                    let values = Lanes(loading: row + vector &* width)
                    part[unchecked: vector] = Rule.combine(part[unchecked: vector], values)
                    vector &+= 1
                }
                row += call.stride
                index &-= 1
            } while index > 0
            var vector = 0
            while vector < vectors {
                totals[unchecked: vector] = Rule.combine(totals[unchecked: vector], part[unchecked: vector])
                vector &+= 1
            }
        } while rest > 0
        let divisor = Lanes(repeating: call.divisor)
        var vector = 0
        while vector < vectors {
            (totals[unchecked: vector] / divisor).store(to: call.result + (column &+ vector &* width))
            vector &+= 1
        }
    }
}

private func reduceColumns<Rule: ReductionRule>(_ call: borrowing ReductionCall, _: Rule.Type) {
    let width = Lanes.scalarCount
    var column = 0
    while call.resultCount &- column >= 4 &* width {
        ColumnReduction<Rule, 4>.run(call, column)
        column &+= 4 &* width
    }
    while column < call.resultCount {
        // The last vector overlaps the one before it if the columns are no multiple.
        ColumnReduction<Rule, 1>.run(call, min(column, call.resultCount &- width))
        column &+= width
    }
}

private func reduceRows<Rule: ReductionRule>(_ call: borrowing ReductionCall, _: Rule.Type) {
    var index = 0
    while index < call.resultCount {
        let row = call.source + index &* call.resultStride
        call.result[index] = reduceRow(row, call.count, Rule.self) / call.divisor
        index &+= 1
    }
}

@inline(__always)
private func reduceRow<Rule: ReductionRule>(_ row: UnsafePointer<Float>, _ count: Int, _: Rule.Type) -> Float {
    let width = Lanes.scalarCount
    let start = Lanes(repeating: Rule.start)
    let part = partLength(count / (4 &* width)) &* 4 &* width
    var total = start
    var index = 0
    while count &- index >= 4 &* width {
        var (a, b, c, d) = (start, start, start, start)
        let end = min(count, index &+ part) &- 4 &* width
        repeat {
            let values = row + index
            a = Rule.combine(a, Lanes(loading: values))
            b = Rule.combine(b, Lanes(loading: values + width))
            c = Rule.combine(c, Lanes(loading: values + 2 &* width))
            d = Rule.combine(d, Lanes(loading: values + 3 &* width))
            index &+= 4 &* width
        } while index <= end
        total = Rule.combine(total, Rule.combine(Rule.combine(a, b), Rule.combine(c, d)))
    }
    while count &- index >= width {
        total = Rule.combine(total, Lanes(loading: row + index))
        index &+= width
    }
    var last = SIMD4<Float>(repeating: Rule.start)
    while index < count {
        last = Rule.combine(last, SIMD4(repeating: row[index]))
        index &+= 1
    }
    return Rule.combine(SIMD4(repeating: across(total, Rule.self)), last)[0]
}

/// The elements of one vector combined.
@inline(__always)
private func across<Rule: ReductionRule>(_ total: Lanes, _: Rule.Type) -> Float {
    #if LEVEL_AVX512
        let half = Rule.combine(total.lowHalf, total.highHalf)
        let four = Rule.combine(half.lowHalf, half.highHalf)
    #elseif LEVEL_AVX2
        let four = Rule.combine(total.lowHalf, total.highHalf)
    #else
        let four = total
    #endif
    let pairs = Rule.combine(four, SIMD4(four[2], four[3], four[0], four[1]))
    return Rule.combine(pairs, SIMD4(repeating: pairs[1]))[0]
}

private func reduce<Rule: ReductionRule>(_ call: borrowing ReductionCall, _: Rule.Type) {
    if call.stride == 1 { reduceRows(call, Rule.self) } else { reduceColumns(call, Rule.self) }
}

/// The reductions of this level.
public func reductionKernels() -> ReductionKernels {
    ReductionKernels(
        sum: { reduce($0, SumRule.self) }, maximum: { reduce($0, MaximumRule.self) },
        minimum: { reduce($0, MinimumRule.self) })
}
