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
