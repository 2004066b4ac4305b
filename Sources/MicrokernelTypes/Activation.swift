/// A function that is applied to each element of a result before it is stored.
///
/// `Relu`, `Relu6` and their like are `clamp`; values that are not numbers pass through all of them.
public struct Activation: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// `x`.
        case linear
        /// `x` limited to `first...second`.
        case clamp
        /// `x` where positive, else `first * x`; `LeakyRelu`.
        case leakyRectifier
        /// `x` where positive, else `exp(x) - 1`; `Elu`.
        case exponentialLinear
        /// `1 / (1 + exp(-x))`; `Sigmoid`.
        case sigmoid
        /// `Tanh`.
        case tanh
        /// `x * sigmoid(x)`, also called SiLU.
        case swish
        /// `x * clamp(first * x + second, 0, 1)`; with 1/6 and 1/2 the hard swish.
        case hardSwish
        /// `clamp(first * x + second, 0, 1)`.
        case hardSigmoid
        /// `x / 2 * (1 + erf(x / sqrt(2)))`.
        case gelu
        /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))`.
        case approximateGELU
        /// `log(1 + exp(x))`; `Softplus`.
        case softplus
    }

    public var kind: Kind
    /// The first parameter of the kinds that have one.
    public var first: Float
    /// The second parameter of the kinds that have two.
    public var second: Float

    public init(_ kind: Kind, _ first: Float = 0, _ second: Float = 0) {
        self.kind = kind
        self.first = first
        self.second = second
    }

    public static let linear = Activation(.linear)
    /// `Relu`.
    public static let rectifier = Activation(.clamp, 0, .infinity)
    /// `Relu6`.
    public static let rectifier6 = Activation(.clamp, 0, 6)

    /// The limits of the result if they are all that the function does: then a kernel needs no second pass.
    public var limits: (low: Float, high: Float)? {
        switch kind {
        case .linear: (-.infinity, .infinity)
        case .clamp: (first, second)
        default: nil
        }
    }
}
