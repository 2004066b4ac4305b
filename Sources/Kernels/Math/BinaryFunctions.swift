import MicrokernelTypes
import ServingCore
import Tensors

/// Element-wise ops with two inputs whose output has the type of the inputs.
let binaryOps: [OpDefinition] = [
    binaryOp("AddV2", AddFunction.self),
    binaryOp("Atan2", Atan2Function.self),
    binaryOp("BitwiseAnd", BitwiseAndFunction.self),
    binaryOp("BitwiseOr", BitwiseOrFunction.self),
    binaryOp("BitwiseXor", BitwiseXorFunction.self),
    binaryOp("Div", DivideFunction.self),
    binaryOp("DivNoNan", DivideNoNanFunction.self),
    binaryOp("FloorDiv", FloorDivideFunction.self),
    binaryOp("FloorMod", FloorModFunction.self),
    binaryOp("LeftShift", LeftShiftFunction.self),
    binaryOp("Maximum", MaximumFunction.self),
    binaryOp("Minimum", MinimumFunction.self),
    binaryOp("Mod", ModFunction.self),
    binaryOp("Mul", MultiplyFunction.self),
    binaryOp("MulNoNan", MultiplyNoNanFunction.self),
    binaryOp("Pow", PowFunction.self),
    binaryOp("RealDiv", DivideFunction.self),
    binaryOp("RightShift", RightShiftFunction.self),
    binaryOp("SquaredDifference", SquaredDifferenceFunction.self),
    binaryOp("Sub", SubtractFunction.self),
    binaryOp("TruncateDiv", TruncateDivideFunction.self),
    binaryOp("TruncateMod", TruncateModFunction.self),
    binaryOp("Xdivy", XdivyFunction.self),
    binaryOp("Xlog1py", Xlog1pyFunction.self),
    binaryOp("Xlogy", XlogyFunction.self),
]

enum AddFunction: BinaryFunction {
    static var vector: VectorCombination? { .add }
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x + y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &+ y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x + y }
}

enum SubtractFunction: BinaryFunction {
    static var vector: VectorCombination? { .subtract }
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x - y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &- y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x - y }
}

enum MultiplyFunction: BinaryFunction {
    static var vector: VectorCombination? { .multiply }
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x * y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &* y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x * y }
}

enum MultiplyNoNanFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { y == 0 ? 0 : x * y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { y == .zero ? .zero : x * y }
}

/// Integer division without traps: the smallest number divided by -1 is itself, and nothing is divided by zero.
private func quotient<I: FixedWidthInteger>(_ x: I, _ y: I) -> I {
    y == 0 ? 0 : I.isSigned && y == 0 &- 1 ? 0 &- x : x / y
}

private func remainder<I: FixedWidthInteger>(_ x: I, _ y: I) -> I {
    y == 0 ? 0 : I.isSigned && y == 0 &- 1 ? 0 : x % y
}

private func refusedZero<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? {
    y.contains(0) ? .invalidArgument("Integer division by zero") : nil
}

/// TensorFlow knows no better text for these.
private func refusedZeroOfTruncation<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? {
    guard y.contains(0) else { return nil }
    return .internalError("Unexpected error in binary operator (only integer div and mod should have errors)")
}

enum DivideFunction: BinaryFunction {
    static var vector: VectorCombination? { .divide }
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZero(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x / y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { quotient(x, y) }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x / y }
}

enum DivideNoNanFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { y == 0 ? 0 : x / y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { y == .zero ? .zero : x / y }
}

enum TruncateDivideFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZeroOfTruncation(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { (x / y).rounded(.towardZero) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { quotient(x, y) }
}

enum FloorDivideFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZero(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { (x / y).rounded(.down) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I {
        let result = quotient(x, y)
        return (x < 0) != (y < 0) && remainder(x, y) != 0 ? result &- 1 : result
    }
}

enum FloorModFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var cost: Double { 5 }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZero(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R {
        let rest = R.fmod(x, y)
        return rest != 0 && (y < 0) != (rest < 0) ? rest + y : rest
    }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I {
        let rest = remainder(x, y)
        return rest != 0 && (y < 0) != (rest < 0) ? rest &+ y : rest
    }
}

enum ModFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var cost: Double { 5 }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZero(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { .fmod(x, y) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { remainder(x, y) }
}

enum TruncateModFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var cost: Double { 5 }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { refusedZeroOfTruncation(y) }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { .fmod(x, y) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { remainder(x, y) }
}

enum PowFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var cost: Double { 15 }
    static var refuses: Bool { true }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? {
        guard I.isSigned, y.contains(where: { $0 < 0 }) else { return nil }
        return .invalidArgument("Integers to negative integer powers are not allowed")
    }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { .pow(x, y) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I {
        var result: I = 1
        var factor = x
        var exponent = y
        while exponent > 0 {
            if exponent & 1 == 1 { result = result &* factor }
            factor = factor &* factor
            exponent >>= 1
        }
        return result
    }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { .pow(x, y) }
}

/// NaN if one of the numbers is NaN.
enum MaximumFunction: BinaryFunction {
    static var vector: VectorCombination? { .maximum }
    static var kinds: NumberKinds { [.real, .integer] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x > y || x != x ? x : y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { max(x, y) }
}

/// NaN if one of the numbers is NaN.
enum MinimumFunction: BinaryFunction {
    static var vector: VectorCombination? { .minimum }
    static var kinds: NumberKinds { [.real, .integer] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x < y || x != x ? x : y }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { min(x, y) }
}

enum SquaredDifferenceFunction: BinaryFunction {
    static var vector: VectorCombination? { .squaredDifference }
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { (x - y) * (x - y) }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { (x &- y) &* (x &- y) }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { (x - y) * (x - y).conjugate }
}

enum Atan2Function: BinaryFunction {
    static var cost: Double { 15 }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { .atan2(x, y) }
}

enum XlogyFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 6 }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x == 0 ? 0 : x * .log(y) }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> {
        x == .zero ? .zero : x * .log(y)
    }
}

enum Xlog1pyFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 8 }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x == 0 ? 0 : x * .log1p(y) }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> {
        x == .zero ? .zero : x * .log1p(y)
    }
}

enum XdivyFunction: BinaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x == 0 ? 0 : x / y }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x == .zero ? .zero : x / y }
}

enum BitwiseAndFunction: BinaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x & y }
}

enum BitwiseOrFunction: BinaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x | y }
}

enum BitwiseXorFunction: BinaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x ^ y }
}

/// The number of places is taken into the range that the type has.
enum LeftShiftFunction: BinaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &<< (y < 0 ? 0 : min(y, I(I.bitWidth - 1))) }
}

/// The number of places is taken into the range that the type has; signed numbers keep their sign.
enum RightShiftFunction: BinaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x &>> (y < 0 ? 0 : min(y, I(I.bitWidth - 1))) }
}
