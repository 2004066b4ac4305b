import MicrokernelTypes

/// The vector loops of this level.
public func vectorKernels() -> VectorKernels {
    VectorKernels(
        activate: { activate($0, $1, $2) }, apply: { apply($0, $1, $2, $3, $4) }, combine: { combine($0, $1) },
        softmax: { softmax($0) })
}

/// Writes `function` of `count` elements, which may be where they are read. The last vector overlaps the one before it: it is
/// read before anything is written.
@inline(__always)
func map(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes
) {
    let end = count &- Lanes.scalarCount
    guard end >= 0 else {
        return function(Lanes(loadingFirst: count, of: source)).storeFirst(count, to: target)
    }
    let last = function(Lanes(loading: source + end))
    var index = 0
    while index < end {
        function(Lanes(loading: source + index)).store(to: target + index)
        index &+= Lanes.scalarCount
    }
    last.store(to: target + end)
}

/// The same for a function of two operands.
@inline(__always)
func zip(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int,
    _ function: (Lanes, Lanes) -> Lanes
) {
    let end = count &- Lanes.scalarCount
    guard end >= 0 else {
        let result = function(Lanes(loadingFirst: count, of: x), Lanes(loadingFirst: count, of: y))
        return result.storeFirst(count, to: target)
    }
    let last = function(Lanes(loading: x + end), Lanes(loading: y + end))
    var index = 0
    while index < end {
        function(Lanes(loading: x + index), Lanes(loading: y + index)).store(to: target + index)
        index &+= Lanes.scalarCount
    }
    last.store(to: target + end)
}
