import MicrokernelTypes

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
