import MicrokernelTypes

/// How weights stand in memory, and how vectors of numbers are made of them.
protocol Weights: SendableMetatype {
    associatedtype Element: BitwiseCopyable

    /// True if the sums of each column are to be multiplied with a scale.
    static var areScaled: Bool { get }
    /// True if they have to be widened.
    static var areNarrow: Bool { get }
    /// The weights from `place` on, one for each lane.
    static func lanes(_ place: UnsafePointer<Element>) -> Lanes
    static func number(_ element: Element) -> Float
}

enum FloatWeights: Weights {
    @inline(__always) static var areScaled: Bool { false }
    @inline(__always) static var areNarrow: Bool { false }
    @inline(__always) static func lanes(_ place: UnsafePointer<Float>) -> Lanes { Lanes(loading: place) }
    @inline(__always) static func number(_ element: Float) -> Float { element }
}

/// The upper halves of `Float`s.
enum BFloat16Weights: Weights {
    @inline(__always) static var areScaled: Bool { false }
    @inline(__always) static var areNarrow: Bool { true }

    @inline(__always) static func lanes(_ place: UnsafePointer<UInt16>) -> Lanes {
        let halves = UnsafeRawPointer(place).loadUnaligned(as: LaneHalves.self)
        // Lane by lane, of which the compiler makes one instruction; the library's conversion would be a call.
        var bits = LaneBits.zero
        var lane = 0
        while lane < Lanes.scalarCount {
            bits[lane] = Int32(truncatingIfNeeded: halves[lane])
            lane &+= 1
        }
        return Lanes(bits: bits &<< 16)
    }

    @inline(__always) static func number(_ element: UInt16) -> Float { Float(bitPattern: UInt32(element) &<< 16) }
}

/// Whole numbers that are to be scaled.
enum Int8Weights: Weights {
    @inline(__always) static var areScaled: Bool { true }
    @inline(__always) static var areNarrow: Bool { true }

    @inline(__always) static func lanes(_ place: UnsafePointer<Int8>) -> Lanes {
        let bytes = UnsafeRawPointer(place).loadUnaligned(as: LaneBytes.self)
        var lanes = Lanes.zero
        var lane = 0
        while lane < Lanes.scalarCount {
            lanes[lane] = Float(bytes[lane])
            lane &+= 1
        }
        return lanes
    }

    @inline(__always) static func number(_ element: Int8) -> Float { Float(element) }
}

#if LEVEL_AVX512
    private typealias LaneHalves = SIMD16<UInt16>
    private typealias LaneBytes = SIMD16<Int8>
#elseif LEVEL_AVX2
    private typealias LaneHalves = SIMD8<UInt16>
    private typealias LaneBytes = SIMD8<Int8>
#else
    private typealias LaneHalves = SIMD4<UInt16>
    private typealias LaneBytes = SIMD4<Int8>
#endif

/// The scales of the columns from `column` on, if such weights have some.
@inline(__always)
func scales<Kind: Weights>(of kind: Kind.Type, _ call: borrowing ProductCall, _ column: Int) -> Lanes {
    scales(of: kind, call.scales, column)
}

@inline(__always)
func scales<Kind: Weights>(of kind: Kind.Type, _ step: borrowing RecurrentStep, _ column: Int) -> Lanes {
    scales(of: kind, step.scales, column)
}

@inline(__always)
private func scales<Kind: Weights>(of kind: Kind.Type, _ scales: UnsafePointer<Float>?, _ column: Int) -> Lanes {
    guard Kind.areScaled, let scales else { return .zero }
    return Lanes(loading: scales + column)
}

/// Sums of columns as they are, or times their scales.
@inline(__always)
func scaled<Kind: Weights>(_ kind: Kind.Type, _ sums: Lanes, _ scales: Lanes) -> Lanes {
    Kind.areScaled ? sums * scales : sums
}
