/// A type that can be an element of a `Tensor`; its memory layout is TensorFlow's.
public protocol TensorScalar: Sendable, BitwiseCopyable {
    static var dataType: DataType { get }
}

extension Float: TensorScalar { public static var dataType: DataType { .float } }
extension Double: TensorScalar { public static var dataType: DataType { .double } }
extension Int8: TensorScalar { public static var dataType: DataType { .int8 } }
extension Int16: TensorScalar { public static var dataType: DataType { .int16 } }
extension Int32: TensorScalar { public static var dataType: DataType { .int32 } }
extension Int64: TensorScalar { public static var dataType: DataType { .int64 } }
extension UInt8: TensorScalar { public static var dataType: DataType { .uint8 } }
extension UInt16: TensorScalar { public static var dataType: DataType { .uint16 } }
extension UInt32: TensorScalar { public static var dataType: DataType { .uint32 } }
extension UInt64: TensorScalar { public static var dataType: DataType { .uint64 } }
extension Bool: TensorScalar { public static var dataType: DataType { .bool } }

/// IEEE 754 binary16, kept as bits; arithmetic is done in `Float` and rounded to nearest even.
@frozen public struct Half: TensorScalar, Hashable {
    public var bits: UInt16

    @inlinable public init(bits: UInt16) { self.bits = bits }

    @inlinable public static var dataType: DataType { .half }

    @inlinable public init(_ value: Float) {
        let raw = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: (raw >> 16) & 0x8000)
        let magnitude = raw & 0x7fff_ffff
        if magnitude > 0x7f80_0000 {
            bits = sign | 0x7e00 | UInt16(truncatingIfNeeded: (magnitude >> 13) & 0x1ff)
        } else if magnitude >= 0x477f_f000 {
            bits = sign | 0x7c00
        } else if magnitude < 0x3880_0000 {
            // Subnormal or zero: let the addition of 0.5 do the shift and the rounding.
            let rounded = Float(bitPattern: magnitude) + 0.5
            bits = sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3f00_0000)
        } else {
            let odd = (magnitude >> 13) & 1
            bits = sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xfff &+ odd) >> 13)
        }
    }

    @inlinable public var floatValue: Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1f
        let fraction = UInt32(bits & 0x3ff)
        if exponent == 0x1f { return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13) }
        if exponent != 0 { return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13) }
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
    }
}

/// The upper half of a `Float`, kept as bits; arithmetic is done in `Float` and rounded to nearest even.
@frozen public struct BFloat16: TensorScalar, Hashable {
    public var bits: UInt16

    @inlinable public init(bits: UInt16) { self.bits = bits }

    @inlinable public static var dataType: DataType { .bfloat16 }

    @inlinable public init(_ value: Float) {
        let raw = value.bitPattern
        if value.isNaN {
            bits = UInt16(truncatingIfNeeded: (raw >> 16) & 0x8000) | 0x7fc0
        } else {
            bits = UInt16(truncatingIfNeeded: (raw &+ 0x7fff &+ ((raw >> 16) & 1)) >> 16)
        }
    }

    @inlinable public var floatValue: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// A complex number as two neighbouring reals.
@frozen
public struct Complex<Real: BinaryFloatingPoint & BitwiseCopyable & Sendable>: Sendable, BitwiseCopyable, Hashable {
    public var real: Real
    public var imaginary: Real

    @inlinable public init(_ real: Real, _ imaginary: Real) {
        self.real = real
        self.imaginary = imaginary
    }
}

extension Complex: TensorScalar {
    @inlinable public static var dataType: DataType { Real.self == Float.self ? .complex64 : .complex128 }
}

/// The stored element of a string, resource or variant tensor.
///
/// A string is `count` bytes at `pointer`; a resource or variant is an object at `pointer`. What it points to is kept
/// alive by the buffer's attachments, never by the element.
@frozen public struct ElementReference: Sendable, BitwiseCopyable {
    public nonisolated(unsafe) var pointer: UnsafeRawPointer?
    public var count: Int

    @inlinable public init(pointer: UnsafeRawPointer?, count: Int) {
        self.pointer = pointer
        self.count = count
    }

    /// The bytes of a string element.
    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointer, count: count) }
}
