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
