/// The sum of all lanes, added up in halves: one after the other, each addition would wait for the one before.
@inline(__always)
func sumOfLanes(_ lanes: Lanes) -> Float {
    #if LEVEL_AVX512
        let eight = lanes.lowHalf + lanes.highHalf
        let four = eight.lowHalf + eight.highHalf
    #elseif LEVEL_AVX2
        let four = lanes.lowHalf + lanes.highHalf
    #else
        let four = lanes
    #endif
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
}

/// The largest lane.
@inline(__always)
func largestLane(_ lanes: Lanes) -> Float {
    #if LEVEL_AVX512
        let eight = larger(lanes.lowHalf, lanes.highHalf)
        let four = larger(eight.lowHalf, eight.highHalf)
    #elseif LEVEL_AVX2
        let four = larger(lanes.lowHalf, lanes.highHalf)
    #else
        let four = lanes
    #endif
    let two = larger(four.lowHalf, four.highHalf)
    return two[0] < two[1] ? two[1] : two[0]
}

@inline(__always)
private func larger<Vector: SIMD>(_ a: Vector, _ b: Vector) -> Vector where Vector.Scalar == Float {
    a.replacing(with: b, where: a .< b)
}
