import Glibc
import Tensors

/// The number types in which float kernels compute: the library's functions under one name for both widths.
protocol RealNumber: BinaryFloatingPoint, BitwiseCopyable, Sendable where RawSignificand: FixedWidthInteger {
    static func exp(_ x: Self) -> Self
    static func expm1(_ x: Self) -> Self
    static func log(_ x: Self) -> Self
    static func log1p(_ x: Self) -> Self
    static func sin(_ x: Self) -> Self
    static func cos(_ x: Self) -> Self
    static func tan(_ x: Self) -> Self
    static func asin(_ x: Self) -> Self
    static func acos(_ x: Self) -> Self
    static func atan(_ x: Self) -> Self
    static func sinh(_ x: Self) -> Self
    static func cosh(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self
    static func asinh(_ x: Self) -> Self
    static func acosh(_ x: Self) -> Self
    static func atanh(_ x: Self) -> Self
    static func erf(_ x: Self) -> Self
    static func erfc(_ x: Self) -> Self
    /// The logarithm of the absolute value of the gamma function.
    static func lgamma(_ x: Self) -> Self
    static func pow(_ x: Self, _ y: Self) -> Self
    static func fmod(_ x: Self, _ y: Self) -> Self
    static func atan2(_ y: Self, _ x: Self) -> Self
    static func hypot(_ x: Self, _ y: Self) -> Self
}

extension Float: RealNumber {
    static func exp(_ x: Float) -> Float { expf(x) }
    static func expm1(_ x: Float) -> Float { expm1f(x) }
    static func log(_ x: Float) -> Float { logf(x) }
    static func log1p(_ x: Float) -> Float { log1pf(x) }
    static func sin(_ x: Float) -> Float { sinf(x) }
    static func cos(_ x: Float) -> Float { cosf(x) }
    static func tan(_ x: Float) -> Float { tanf(x) }
    static func asin(_ x: Float) -> Float { asinf(x) }
    static func acos(_ x: Float) -> Float { acosf(x) }
    static func atan(_ x: Float) -> Float { atanf(x) }
    static func sinh(_ x: Float) -> Float { sinhf(x) }
    static func cosh(_ x: Float) -> Float { coshf(x) }
    static func tanh(_ x: Float) -> Float { tanhf(x) }
    static func asinh(_ x: Float) -> Float { asinhf(x) }
    static func acosh(_ x: Float) -> Float { acoshf(x) }
    static func atanh(_ x: Float) -> Float { atanhf(x) }
    static func erf(_ x: Float) -> Float { erff(x) }
    static func erfc(_ x: Float) -> Float { erfcf(x) }
    static func lgamma(_ x: Float) -> Float {
        var sign: Int32 = 0
        return lgammaf_r(x, &sign)
    }
    static func pow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
    static func fmod(_ x: Float, _ y: Float) -> Float { fmodf(x, y) }
    static func atan2(_ y: Float, _ x: Float) -> Float { atan2f(y, x) }
    static func hypot(_ x: Float, _ y: Float) -> Float { hypotf(x, y) }
}

extension Double: RealNumber {
    static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
    static func log(_ x: Double) -> Double { Glibc.log(x) }
    static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
    static func sin(_ x: Double) -> Double { Glibc.sin(x) }
    static func cos(_ x: Double) -> Double { Glibc.cos(x) }
    static func tan(_ x: Double) -> Double { Glibc.tan(x) }
    static func asin(_ x: Double) -> Double { Glibc.asin(x) }
    static func acos(_ x: Double) -> Double { Glibc.acos(x) }
    static func atan(_ x: Double) -> Double { Glibc.atan(x) }
    static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
    static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
    static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
    static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
    static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
    static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
    static func erf(_ x: Double) -> Double { Glibc.erf(x) }
    static func erfc(_ x: Double) -> Double { Glibc.erfc(x) }
    static func lgamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }
    static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
    static func fmod(_ x: Double, _ y: Double) -> Double { Glibc.fmod(x, y) }
    static func atan2(_ y: Double, _ x: Double) -> Double { Glibc.atan2(y, x) }
    static func hypot(_ x: Double, _ y: Double) -> Double { Glibc.hypot(x, y) }
}

/// A float element: how it is stored, and the wider number in which kernels compute with it.
protocol RealElement: TensorScalar {
    associatedtype Wide: RealNumber
    init(wide: Wide)
    var wide: Wide { get }
}

extension Float: RealElement {
    @inline(__always) init(wide: Float) { self = wide }
    @inline(__always) var wide: Float { self }
}

extension Double: RealElement {
    @inline(__always) init(wide: Double) { self = wide }
    @inline(__always) var wide: Double { self }
}

extension Half: RealElement {
    @inline(__always) init(wide: Float) { self.init(wide) }
    @inline(__always) var wide: Float { floatValue }
}

extension BFloat16: RealElement {
    @inline(__always) init(wide: Float) { self.init(wide) }
    @inline(__always) var wide: Float { floatValue }
}

/// An integer element.
protocol IntegerElement: TensorScalar, FixedWidthInteger where Magnitude: FixedWidthInteger {}

extension Int8: IntegerElement {}
extension Int16: IntegerElement {}
extension Int32: IntegerElement {}
extension Int64: IntegerElement {}
extension UInt8: IntegerElement {}
extension UInt16: IntegerElement {}
extension UInt32: IntegerElement {}
extension UInt64: IntegerElement {}
