#if LEVEL_AVX512
    typealias Lanes = SIMD16<Float>
    let tileRows = 14
#elseif LEVEL_AVX2
    typealias Lanes = SIMD8<Float>
    let tileRows = 5
#else
    typealias Lanes = SIMD4<Float>
    let tileRows = 4
#endif

extension SIMD where Scalar == Float {
    @inline(__always) init(loading pointer: UnsafePointer<Float>) {
        self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
    }

    @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
    }

    /// `self + a * b`; without instructions for it, `addingProduct` would call a function for each element.
    @inline(__always) func plus(_ a: Self, times b: Self) -> Self {
        #if LEVEL_AVX512 || LEVEL_AVX2
            return addingProduct(a, b)
        #else
            return self + a * b
        #endif
    }
}

/// The bits of `Lanes` as numbers, for sums and shifts.
typealias LaneBits = Lanes.MaskStorage
/// The bits of `Lanes` for `.&`, `.|` and the like; comparisons return them, with all bits of a lane alike. (The library's `&` of
/// numbers goes from lane to lane, and the compiler does not always make vector code of that.)
typealias LaneMask = SIMDMask<LaneBits>

extension LaneBits {
    @inline(__always) init(of lanes: Lanes) { self = unsafeBitCast(lanes, to: LaneBits.self) }

    /// The bits that are set in both.
    @inline(__always) func masked(_ bits: Int32) -> LaneBits {
        unsafeBitCast(unsafeBitCast(self, to: LaneMask.self) .& LaneMask(bits: bits), to: LaneBits.self)
    }
}

extension LaneMask {
    @inline(__always) init(of lanes: Lanes) { self = unsafeBitCast(lanes, to: LaneMask.self) }

    @inline(__always) init(bits: Int32) { self = unsafeBitCast(LaneBits(repeating: bits), to: LaneMask.self) }
}

extension Lanes {
    @inline(__always) init(bits: LaneBits) { self = unsafeBitCast(bits, to: Lanes.self) }

    @inline(__always) init(bits: LaneMask) { self = unsafeBitCast(bits, to: Lanes.self) }

    /// The first `count` elements of `pointer`, fewer than there are lanes, and `filler` in the other lanes; nothing behind the
    /// elements is read.
    @inline(__always) init(loadingFirst count: Int, of pointer: UnsafePointer<Float>, filler: Float = 0) {
        self = Lanes(repeating: filler)
        for lane in 0..<count { self[lane] = pointer[lane] }
    }

    /// Writes the first `count` lanes and nothing behind them.
    @inline(__always) func storeFirst(_ count: Int, to pointer: UnsafeMutablePointer<Float>) {
        for lane in 0..<count { pointer[lane] = self[lane] }
    }

    /// The distance from zero.
    @inline(__always) var magnitudes: Lanes { Lanes(bits: LaneMask(of: self) .& LaneMask(bits: .max)) }

    /// `other` where `mask` is true, else `self`. In place of the library's function of this name, which goes from lane to lane.
    @inline(__always) func replacing(with other: Lanes, where mask: LaneMask) -> Lanes {
        Lanes(bits: LaneMask(of: self).replacing(with: LaneMask(of: other), where: mask))
    }

    @inline(__always) func replacing(with other: Float, where mask: LaneMask) -> Lanes {
        replacing(with: Lanes(repeating: other), where: mask)
    }

    /// 0 in place of what is not a number. The library's arithmetic goes from lane to lane, and the compiler puts the lanes together
    /// again only over so many operations; a comparison is a seam where it starts anew.
    @inline(__always) var numbers: Lanes { replacing(with: 0, where: self .!= self) }

    /// `self` limited to `low...high`; lanes that are not numbers stay so.
    @inline(__always) func limited(_ low: Float, _ high: Float) -> Lanes {
        limited(Lanes(repeating: low), Lanes(repeating: high))
    }

    @inline(__always) func limited(_ low: Lanes, _ high: Lanes) -> Lanes {
        let raised = replacing(with: low, where: self .< low)
        return raised.replacing(with: high, where: raised .> high)
    }
}
