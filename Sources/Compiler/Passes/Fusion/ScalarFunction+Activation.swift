import MicrokernelTypes

extension ScalarFunction {
    /// The activation that the function is, to the precision of `Float`; nil if it is none.
    var activation: Activation? {
        switch self {
        case .polynomial, .sum: nil
        case .call(.clamp(let low, let high), let inner): inner.clampActivation(low, high)
        case .call(let function, let inner): inner == .identity ? ScalarFunction.activation(of: function) : nil
        case .product(let coefficient, let factors): ScalarFunction.gated(coefficient, factors)
        }
    }

    private static func activation(of function: Call) -> Activation? {
        switch function {
        case .leakyRectifier(let slope): Activation(.leakyRectifier, Float(slope))
        case .exponentialLinear: Activation(.exponentialLinear)
        case .sigmoid: Activation(.sigmoid)
        case .tanh: Activation(.tanh)
        case .softplus: Activation(.softplus)
        case .clamp, .erf, .erfc: nil
        }
    }

    /// This function, limited to `low...high`.
    private func clampActivation(_ low: Double, _ high: Double) -> Activation? {
        guard low <= high else { return nil }
        if self == .identity { return Activation(.clamp, Float(low), Float(high)) }
        guard let (scale, shift) = unitLine(low, high) else { return nil }
        return Activation(.hardSigmoid, Float(scale), Float(shift))
    }

    /// `a` and `b` if the function is `a * x + b` and the limits are 0 and 1.
    private func unitLine(_ low: Double, _ high: Double) -> (Double, Double)? {
        guard case .polynomial(let line) = self, line.count == 2, abs(low) < 1e-6, abs(high - 1) < 1e-6 else {
            return nil
        }
        return (line[1], line[0])
    }

    /// The argument times something that rises from 0 to 1.
    private static func gated(_ coefficient: Double, _ factors: [ScalarFunction]) -> Activation? {
        guard factors.count == 2, factors[0] == .identity else { return nil }
        switch factors[1] {
        case .call(.sigmoid, let inner):
            return inner == .identity && isNear(coefficient, 1) ? Activation(.swish) : nil
        case .call(.clamp(let low, let high), let inner):
            guard coefficient == 1, let (scale, shift) = inner.unitLine(low, high) else { return nil }
            return Activation(.hardSwish, Float(scale), Float(shift))
        case .call(.erfc, .polynomial(let line)):
            return isNear(coefficient, 0.5) && isNear(line, [0, -0.5.squareRoot()]) ? Activation(.gelu) : nil
        case .sum(let constant, let terms):
            guard isNear(coefficient, 0.5), isNear(constant, 1), terms.count == 1 else { return nil }
            return gaussian(terms[0])
        default: return nil
        }
    }

    private static func gaussian(_ term: ScalarFunction) -> Activation? {
        switch term {
        case .call(.erf, .polynomial(let line)): return isNear(line, [0, 0.5.squareRoot()]) ? Activation(.gelu) : nil
        case .call(.tanh, .polynomial(let cubic)):
            let slope = (2 / Double.pi).squareRoot()
            return isNear(cubic, [0, slope, 0, 0.044715 * slope]) ? Activation(.approximateGELU) : nil
        default: return nil
        }
    }

    /// Equal but for the rounding of constants.
    private static func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 2e-6 * abs(b) }

    private static func isNear(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { isNear($0, $1) }
    }
}
