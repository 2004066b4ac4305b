/// The functions of one `Float` that have vector loops; each is what the op of this name computes, for all arguments.
///
/// Errors are in units in the last place (ulp) against the exact value. Arguments and results that are subnormal may count as
/// zero. What is not a number stays so.
public enum VectorFunction: UInt8, Sendable, CaseIterable {
    case abs
    case negate
    case square
    case squareRoot
    /// Within 2 ulp.
    case reciprocalSquareRoot
    case reciprocal
    case floor
    case ceiling
    /// Halves go to the even neighbour.
    case round
    case sign
    /// Within 2 ulp.
    case exponential
    /// Within 3 ulp.
    case exponentialMinusOne
    /// Within 2 ulp.
    case logarithm
    /// Within 3 ulp.
    case logarithmOfOnePlus
    /// Within 3 ulp.
    case sigmoid
    /// Within 6 ulp.
    case tanh
    /// Within 7 ulp.
    case errorFunction
    /// Within 6 ulp.
    case complementaryErrorFunction
    case rectifier
    case rectifier6
    /// `x` where positive, else `x` times the parameter.
    case leakyRectifier
    /// Within 3 ulp.
    case exponentialLinear
    /// Within 4 ulp.
    case scaledExponentialLinear
    /// Within 7 ulp.
    case softplus
    case softsign
}
