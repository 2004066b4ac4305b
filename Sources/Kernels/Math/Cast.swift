import Execution
import Graphs
import ServingCore
import Tensors

/// `Cast`: elements become those of type `DstT`, as x86 converts them.
let castOps: [OpDefinition] = [
    OpDefinition(
        "Cast",
        infer: { (facts) throws(Status) in
            [TensorFact(try facts.attributes.type("DstT"), try facts.input(0).shape)]
        },
        makeKernel: { (construction) throws(Status) in
            let source = try construction.input(0).dataType
            let target = try construction.attributes.type("DstT")
            if source == target { return ForwardKernel() }
            let truncates = try construction.attributes.bool("Truncate", default: false)
            guard let loop = castLoop(from: source, to: target, truncates: truncates) else {
                throw .unimplemented("Cast \(source.name) to \(target.name) is not supported")
            }
            return UnaryKernel(loop, output: target, cost: 0.5)
        })
]

/// An element that can be cast.
protocol CastSource: BitwiseCopyable {
    var isNotZero: Bool { get }
    func real<R: RealNumber>(_: R.Type) -> R
    func imaginary<R: RealNumber>(_: R.Type) -> R
    func integer<I: IntegerElement>(_: I.Type) -> I
}

extension CastSource {
    func imaginary<R: RealNumber>(_: R.Type) -> R { 0 }
}

/// An element that others can be cast to.
protocol CastTarget: BitwiseCopyable {
    static func from<S: CastSource>(_ source: S) -> Self
}

/// Rounds toward zero. What does not fit becomes what the x86 conversion to 32 (or 64) bits and the cut to the type make
/// of it: the smallest integer, or zero for the types that are narrower.
@inline(__always)
private func truncated<R: RealNumber, I: IntegerElement>(_ value: R, _: I.Type) -> I {
    if I.bitWidth < 32 || (I.bitWidth == 32 && I.isSigned) {
        let fits = value > -0x1p31 - 1 && value < 0x1p31
        return I(truncatingIfNeeded: fits ? Int32(value) : Int32.min)
    }
    if !I.isSigned && I.bitWidth == 64 && value >= 0x1p63 {
        return value < 0x1p64 ? I(truncatingIfNeeded: UInt64(value)) : I.max
    }
    let fits = value >= -0x1p63 && value < 0x1p63
    return I(truncatingIfNeeded: fits ? Int64(value) : Int64.min)
}

extension CastSource where Self: RealElement {
    @inline(__always) var isNotZero: Bool { wide != 0 }
    @inline(__always) func real<R: RealNumber>(_: R.Type) -> R { R(wide) }
    @inline(__always) func integer<I: IntegerElement>(_: I.Type) -> I { truncated(wide, I.self) }
}

extension CastSource where Self: IntegerElement {
    @inline(__always) var isNotZero: Bool { self != 0 }
    @inline(__always) func real<R: RealNumber>(_: R.Type) -> R { R(self) }
    @inline(__always) func integer<I: IntegerElement>(_: I.Type) -> I { I(truncatingIfNeeded: self) }
}

extension CastTarget where Self: RealElement {
    @inline(__always) static func from<S: CastSource>(_ source: S) -> Self { Self(wide: source.real(Wide.self)) }
}

extension CastTarget where Self: IntegerElement {
    @inline(__always) static func from<S: CastSource>(_ source: S) -> Self { source.integer(Self.self) }
}

extension Float: CastSource, CastTarget {}
extension Double: CastSource, CastTarget {}
extension Half: CastSource, CastTarget {}
extension BFloat16: CastSource, CastTarget {}
extension Int8: CastSource, CastTarget {}
extension Int16: CastSource, CastTarget {}
extension Int32: CastSource, CastTarget {}
extension Int64: CastSource, CastTarget {}
extension UInt8: CastSource, CastTarget {}
extension UInt16: CastSource, CastTarget {}
extension UInt32: CastSource, CastTarget {}
extension UInt64: CastSource, CastTarget {}

extension Bool: CastSource, CastTarget {
    @inline(__always) var isNotZero: Bool { self }
    @inline(__always) func real<R: RealNumber>(_: R.Type) -> R { self ? 1 : 0 }
    @inline(__always) func integer<I: IntegerElement>(_: I.Type) -> I { self ? 1 : 0 }
    @inline(__always) static func from<S: CastSource>(_ source: S) -> Bool { source.isNotZero }
}

extension Complex: CastSource, CastTarget where Real: RealNumber {
    @inline(__always) var isNotZero: Bool { real != 0 }
    @inline(__always) func real<R: RealNumber>(_: R.Type) -> R { R(real) }
    @inline(__always) func imaginary<R: RealNumber>(_: R.Type) -> R { R(imaginary) }
    @inline(__always) func integer<I: IntegerElement>(_: I.Type) -> I { truncated(real, I.self) }
    @inline(__always) static func from<S: CastSource>(_ source: S) -> Complex {
        Complex(source.real(Real.self), source.imaginary(Real.self))
    }
}

private enum CastOperation<S: CastSource, T: CastTarget>: UnaryOperation {
    @inline(__always) static func apply(_ x: S) -> T { T.from(x) }
}

private func castLoop(from source: DataType, to target: DataType, truncates: Bool) -> UnaryLoop? {
    switch source {
    case .float: truncates ? truncatingLoop(Float.self, to: target) : castLoop(Float.self, to: target)
    case .double: truncates ? truncatingLoop(Double.self, to: target) : castLoop(Double.self, to: target)
    case .half: castLoop(Half.self, to: target)
    case .bfloat16: castLoop(BFloat16.self, to: target)
    case .int8: castLoop(Int8.self, to: target)
    case .int16: castLoop(Int16.self, to: target)
    case .int32: castLoop(Int32.self, to: target)
    case .int64: castLoop(Int64.self, to: target)
    case .uint8: castLoop(UInt8.self, to: target)
    case .uint16: castLoop(UInt16.self, to: target)
    case .uint32: castLoop(UInt32.self, to: target)
    case .uint64: castLoop(UInt64.self, to: target)
    case .bool: castLoop(Bool.self, to: target)
    case .complex64: castLoop(Complex<Float>.self, to: target)
    case .complex128: castLoop(Complex<Double>.self, to: target)
    default: nil
    }
}

private func castLoop<S: CastSource>(_: S.Type, to target: DataType) -> UnaryLoop? {
    switch target {
    case .float: unaryLoop(CastOperation<S, Float>.self)
    case .double: unaryLoop(CastOperation<S, Double>.self)
    case .half: unaryLoop(CastOperation<S, Half>.self)
    case .bfloat16: unaryLoop(CastOperation<S, BFloat16>.self)
    case .int8: unaryLoop(CastOperation<S, Int8>.self)
    case .int16: unaryLoop(CastOperation<S, Int16>.self)
    case .int32: unaryLoop(CastOperation<S, Int32>.self)
    case .int64: unaryLoop(CastOperation<S, Int64>.self)
    case .uint8: unaryLoop(CastOperation<S, UInt8>.self)
    case .uint16: unaryLoop(CastOperation<S, UInt16>.self)
    case .uint32: unaryLoop(CastOperation<S, UInt32>.self)
    case .uint64: unaryLoop(CastOperation<S, UInt64>.self)
    case .bool: unaryLoop(CastOperation<S, Bool>.self)
    case .complex64: unaryLoop(CastOperation<S, Complex<Float>>.self)
    case .complex128: unaryLoop(CastOperation<S, Complex<Double>>.self)
    default: nil
    }
}

/// With attribute `Truncate` a float that becomes a narrower float loses the surplus bits instead of being rounded.
private func truncatingLoop<S: CastSource & RealElement>(_: S.Type, to target: DataType) -> UnaryLoop?
where S.Wide == S, S: BinaryFloatingPoint {
    let kept: Int? =
        switch target {
        case .half: 10
        case .bfloat16: 7
        case .float: 23
        default: nil
        }
    guard let kept, kept < S.significandBitCount, let loop = castLoop(S.self, to: target) else {
        return castLoop(S.self, to: target)
    }
    let stride = target.byteCount
    let mask = ~UInt64(0) << UInt64(S.significandBitCount - kept)
    return { source, target, range in
        let x = source.assumingMemoryBound(to: S.self)
        for index in range {
            var value = x[index]
            withUnsafeMutableBytes(of: &value) { bytes in
                if MemoryLayout<S>.size == 4 {
                    bytes.storeBytes(
                        of: bytes.load(as: UInt32.self) & UInt32(truncatingIfNeeded: mask), as: UInt32.self)
                } else {
                    bytes.storeBytes(of: bytes.load(as: UInt64.self) & mask, as: UInt64.self)
                }
            }
            withUnsafeBytes(of: value) { loop($0.baseAddress!, target + index * stride, 0..<1) }
        }
    }
}
