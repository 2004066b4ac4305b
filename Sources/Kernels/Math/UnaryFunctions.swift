import MicrokernelTypes
import Tensors

/// Element-wise ops with one input whose output has the type of the input.
let unaryOps: [OpDefinition] = [
    unaryOp("Abs", AbsFunction.self),
    unaryOp("Acos", AcosFunction.self),
    unaryOp("Acosh", AcoshFunction.self),
    unaryOp("Asin", AsinFunction.self),
    unaryOp("Asinh", AsinhFunction.self),
    unaryOp("Atan", AtanFunction.self),
    unaryOp("Atanh", AtanhFunction.self),
    unaryOp("Ceil", CeilFunction.self),
    unaryOp("Cos", CosFunction.self),
    unaryOp("Cosh", CoshFunction.self),
    unaryOp("Erf", ErfFunction.self),
    unaryOp("Erfc", ErfcFunction.self),
    unaryOp("Exp", ExpFunction.self),
    unaryOp("Expm1", Expm1Function.self),
    unaryOp("Floor", FloorFunction.self),
    unaryOp("Inv", ReciprocalFunction.self),
    unaryOp("Invert", InvertFunction.self),
    unaryOp("Lgamma", LgammaFunction.self),
    unaryOp("Log", LogFunction.self),
    unaryOp("Log1p", Log1pFunction.self),
    unaryOp("Neg", NegateFunction.self),
    unaryOp("Reciprocal", ReciprocalFunction.self),
    unaryOp("Rint", RoundFunction.self),
    unaryOp("Round", RoundFunction.self),
    unaryOp("Rsqrt", RsqrtFunction.self),
    unaryOp("Sigmoid", SigmoidFunction.self),
    unaryOp("Sign", SignFunction.self),
    unaryOp("Sin", SinFunction.self),
    unaryOp("Sinh", SinhFunction.self),
    unaryOp("Sqrt", SqrtFunction.self),
    unaryOp("Square", SquareFunction.self),
    unaryOp("Tan", TanFunction.self),
    unaryOp("Tanh", TanhFunction.self),
]

enum AbsFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var vector: VectorFunction? { .abs }
    static func real<R: RealNumber>(_ x: R) -> R { x.magnitude }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x < 0 ? 0 &- x : x }
}

enum NegateFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var vector: VectorFunction? { .negate }
    static func real<R: RealNumber>(_ x: R) -> R { -x }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { 0 &- x }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { -x }
}

enum SignFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var vector: VectorFunction? { .sign }
    static func real<R: RealNumber>(_ x: R) -> R { x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x > 0 ? 1 : x < 0 ? 0 &- 1 : 0 }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> {
        let magnitude = x.magnitude
        return magnitude == 0 ? .zero : Complex(x.real / magnitude, x.imaginary / magnitude)
    }
}

enum SquareFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var vector: VectorFunction? { .square }
    static func real<R: RealNumber>(_ x: R) -> R { x * x }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x &* x }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { x * x }
}

enum SqrtFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var vector: VectorFunction? { .squareRoot }
    static func real<R: RealNumber>(_ x: R) -> R { x.squareRoot() }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .sqrt(x) }
}

enum RsqrtFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var vector: VectorFunction? { .reciprocalSquareRoot }
    static func real<R: RealNumber>(_ x: R) -> R { 1 / x.squareRoot() }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .one / .sqrt(x) }
}

enum ReciprocalFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer, .complex] }
    static var vector: VectorFunction? { .reciprocal }
    static func real<R: RealNumber>(_ x: R) -> R { 1 / x }
    /// Zero has no reciprocal; TensorFlow's own kernels stop the process there.
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x == 1 ? 1 : x == 0 &- 1 ? x : 0 }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .one / x }
}

enum ExpFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 4 }
    static var vector: VectorFunction? { .exponential }
    static func real<R: RealNumber>(_ x: R) -> R { .exp(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .exp(x) }
}

enum Expm1Function: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 8 }
    static var vector: VectorFunction? { .exponentialMinusOne }
    static func real<R: RealNumber>(_ x: R) -> R { .expm1(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .expm1(x) }
}

enum LogFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 5 }
    static var vector: VectorFunction? { .logarithm }
    /// The library's logarithm looks at the bits of `x`; only a sum takes a denormal number for zero, as programs do.
    static func real<R: RealNumber>(_ x: R) -> R { .log(x + 0) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .log(x) }
}

enum Log1pFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 8 }
    static var vector: VectorFunction? { .logarithmOfOnePlus }
    static func real<R: RealNumber>(_ x: R) -> R { .log1p(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .log1p(x) }
}

enum SinFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 8 }
    static func real<R: RealNumber>(_ x: R) -> R { .sin(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .sin(x) }
}

enum CosFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 8 }
    static func real<R: RealNumber>(_ x: R) -> R { .cos(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .cos(x) }
}

enum TanFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .tan(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .tan(x) }
}

enum AsinFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 10 }
    static func real<R: RealNumber>(_ x: R) -> R { .asin(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .asin(x) }
}

enum AcosFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 10 }
    static func real<R: RealNumber>(_ x: R) -> R { .acos(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .acos(x) }
}

enum AtanFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 10 }
    static func real<R: RealNumber>(_ x: R) -> R { .atan(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .atan(x) }
}

enum SinhFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .sinh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .sinh(x) }
}

enum CoshFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .cosh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .cosh(x) }
}

enum TanhFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 10 }
    static var vector: VectorFunction? { .tanh }
    static func real<R: RealNumber>(_ x: R) -> R { .tanh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .tanh(x) }
}

enum AsinhFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .asinh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .asinh(x) }
}

enum AcoshFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .acosh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .acosh(x) }
}

enum AtanhFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 12 }
    static func real<R: RealNumber>(_ x: R) -> R { .atanh(x) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .atanh(x) }
}

enum ErfFunction: UnaryFunction {
    static var cost: Double { 10 }
    static var vector: VectorFunction? { .errorFunction }
    static func real<R: RealNumber>(_ x: R) -> R { .erf(x) }
}

enum ErfcFunction: UnaryFunction {
    static var cost: Double { 10 }
    static var vector: VectorFunction? { .complementaryErrorFunction }
    static func real<R: RealNumber>(_ x: R) -> R { .erfc(x) }
}

enum LgammaFunction: UnaryFunction {
    static var cost: Double { 20 }
    static func real<R: RealNumber>(_ x: R) -> R { .lgamma(x) }
}

enum SigmoidFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .complex] }
    static var cost: Double { 5 }
    static var vector: VectorFunction? { .sigmoid }
    static func real<R: RealNumber>(_ x: R) -> R { 1 / (1 + .exp(-x)) }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { .one / (.one + .exp(-x)) }
}

enum FloorFunction: UnaryFunction {
    static var vector: VectorFunction? { .floor }
    static func real<R: RealNumber>(_ x: R) -> R { x.rounded(.down) }
}

enum CeilFunction: UnaryFunction {
    static var vector: VectorFunction? { .ceiling }
    static func real<R: RealNumber>(_ x: R) -> R { x.rounded(.up) }
}

/// Halves go to the even neighbour.
enum RoundFunction: UnaryFunction {
    static var kinds: NumberKinds { [.real, .integer] }
    static var vector: VectorFunction? { .round }
    static func real<R: RealNumber>(_ x: R) -> R { x.rounded(.toNearestOrEven) }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x }
}

enum InvertFunction: UnaryFunction {
    static var kinds: NumberKinds { .integer }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { ~x }
}
