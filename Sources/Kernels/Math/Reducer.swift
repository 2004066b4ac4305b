import ServingCore
import Tensors

/// How a reduction takes one element after the other, for a fixed type; what the loops are specialised for.
protocol Reducer: SendableMetatype {
    associatedtype Element: TensorScalar
    associatedtype Total: BitwiseCopyable
    static var start: Total { get }
    static func total(_ element: Element) -> Total
    static func combine(_ a: Total, _ b: Total) -> Total
    /// The result for `count` elements.
    static func finish(_ total: Total, _ count: Int) -> Element
}

/// A reduction for the kinds of elements that an op takes.
protocol ReductionFunction: BinaryFunction {
    static func realStart<R: RealNumber>() -> R
    static func integerStart<I: FixedWidthInteger>() -> I
    static func real<R: RealNumber>(element: R) -> R
    static func complex<R: RealNumber>(element: Complex<R>) -> Complex<R>
    static func integer<I: FixedWidthInteger>(element: I) -> I
    static func real<R: RealNumber>(total: R, _ count: Int) -> R
    static func complex<R: RealNumber>(total: Complex<R>, _ count: Int) -> Complex<R>
    static func integer<I: FixedWidthInteger>(total: I, _ count: Int) -> I
}

extension ReductionFunction {
    static func realStart<R: RealNumber>() -> R { 0 }
    static func integerStart<I: FixedWidthInteger>() -> I { 0 }
    static func real<R: RealNumber>(element: R) -> R { element }
    static func complex<R: RealNumber>(element: Complex<R>) -> Complex<R> { element }
    static func integer<I: FixedWidthInteger>(element: I) -> I { element }
    static func real<R: RealNumber>(total: R, _ count: Int) -> R { total }
    static func complex<R: RealNumber>(total: Complex<R>, _ count: Int) -> Complex<R> { total }
    static func integer<I: FixedWidthInteger>(total: I, _ count: Int) -> I { total }
}

enum RealReducer<F: ReductionFunction, E: RealElement>: Reducer {
    @inline(__always) static var start: E.Wide { F.realStart() }
    @inline(__always) static func total(_ element: E) -> E.Wide { F.real(element: element.wide) }
    @inline(__always) static func combine(_ a: E.Wide, _ b: E.Wide) -> E.Wide { F.real(a, b) }
    @inline(__always) static func finish(_ total: E.Wide, _ count: Int) -> E { E(wide: F.real(total: total, count)) }
}

enum IntegerReducer<F: ReductionFunction, I: IntegerElement>: Reducer {
    @inline(__always) static var start: I { F.integerStart() }
    @inline(__always) static func total(_ element: I) -> I { F.integer(element: element) }
    @inline(__always) static func combine(_ a: I, _ b: I) -> I { F.integer(a, b) }
    @inline(__always) static func finish(_ total: I, _ count: Int) -> I { F.integer(total: total, count) }
}

enum ComplexReducer<F: ReductionFunction, R: RealNumber>: Reducer {
    @inline(__always) static var start: Complex<R> { Complex(F.realStart(), 0) }
    @inline(__always) static func total(_ element: Complex<R>) -> Complex<R> { F.complex(element: element) }
    @inline(__always) static func combine(_ a: Complex<R>, _ b: Complex<R>) -> Complex<R> { F.complex(a, b) }
    @inline(__always) static func finish(_ total: Complex<R>, _ count: Int) -> Complex<R> {
        F.complex(total: total, count)
    }
}

enum SumReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x + y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &+ y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x + y }
}

enum MeanReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x + y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &+ y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x + y }
    static func real<R: RealNumber>(total: R, _ count: Int) -> R { total / R(count) }
    static func complex<R: RealNumber>(total: Complex<R>, _ count: Int) -> Complex<R> {
        Complex(total.real / R(count), total.imaginary / R(count))
    }
    static func integer<I: FixedWidthInteger>(total: I, _ count: Int) -> I {
        let divisor = I(truncatingIfNeeded: count)
        return divisor == 0 ? 0 : divisor == 0 &- 1 ? 0 &- total : total / divisor
    }
}

enum ProdReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func realStart<R: RealNumber>() -> R { 1 }
    static func integerStart<I: FixedWidthInteger>() -> I { 1 }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x * y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &* y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x * y }
}

enum MaxReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static func realStart<R: RealNumber>() -> R { -.infinity }
    static func integerStart<I: FixedWidthInteger>() -> I { .min }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x > y || x != x ? x : y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { max(x, y) }
}

enum MinReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static func realStart<R: RealNumber>() -> R { .infinity }
    static func integerStart<I: FixedWidthInteger>() -> I { .max }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x < y || x != x ? x : y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { min(x, y) }
}

/// The square root of the sum of squares (of magnitudes, for complex numbers).
enum EuclideanNormReduction: ReductionFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x + y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &+ y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x + y }
    static func real<R: RealNumber>(element: R) -> R { element * element }
    static func integer<I: FixedWidthInteger>(element: I) -> I { element &* element }
    static func complex<R: RealNumber>(element: Complex<R>) -> Complex<R> { element * element.conjugate }
    static func real<R: RealNumber>(total: R, _ count: Int) -> R { total.squareRoot() }
    static func complex<R: RealNumber>(total: Complex<R>, _ count: Int) -> Complex<R> {
        Complex(total.real.squareRoot(), 0)
    }
    static func integer<I: FixedWidthInteger>(total: I, _ count: Int) -> I {
        total <= 0 ? 0 : I(truncatingIfNeeded: Int64(Double(total).squareRoot()))
    }
}

enum AllReducer: Reducer {
    static var start: UInt8 { 1 }
    static func total(_ element: UInt8) -> UInt8 { element }
    static func combine(_ a: UInt8, _ b: UInt8) -> UInt8 { a & b }
    static func finish(_ total: UInt8, _ count: Int) -> UInt8 { total }
}

enum AnyReducer: Reducer {
    static var start: UInt8 { 0 }
    static func total(_ element: UInt8) -> UInt8 { element }
    static func combine(_ a: UInt8, _ b: UInt8) -> UInt8 { a | b }
    static func finish(_ total: UInt8, _ count: Int) -> UInt8 { total }
}
