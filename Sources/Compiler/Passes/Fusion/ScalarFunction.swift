/// A function of one number, put together from the ops of a graph and kept in a normal form, so that the many spellings of one
/// function become the same.
indirect enum ScalarFunction: Sendable, Hashable {
    /// The functions that are not sums and products.
    enum Call: Sendable, Hashable {
        case clamp(Double, Double)
        case leakyRectifier(Double)
        case exponentialLinear
        case sigmoid
        case tanh
        case erf
        case erfc
        case softplus
    }

    /// Coefficients, that of the constant first; the last is not zero, except that a constant has exactly one.
    case polynomial([Double])
    /// A clamp takes in all scaling and shifting that is done to its result.
    case call(Call, ScalarFunction)
    /// A number times two or more factors, or one that is a call. A factor that is a sum has the constant 1, unless it has none.
    case product(Double, [ScalarFunction])
    /// A constant and terms, at most one of them a polynomial, which has no constant.
    case sum(Double, [ScalarFunction])

    /// The function that returns its argument.
    static let identity = ScalarFunction.polynomial([0, 1])

    static func constant(_ value: Double) -> ScalarFunction { .polynomial([value]) }

    /// The value if the function is a constant.
    var constantValue: Double? {
        if case .polynomial(let coefficients) = self, coefficients.count == 1 { coefficients[0] } else { nil }
    }

    /// `function` of what this function returns.
    func applying(_ function: Call) -> ScalarFunction {
        guard case .clamp(let low, let high) = function,
            case .call(.clamp(let innerLow, let innerHigh), let inner) = self
        else { return .call(function, self) }
        return .call(.clamp(min(max(innerLow, low), high), min(max(innerHigh, low), high)), inner)
    }

    func scaled(by factor: Double) -> ScalarFunction {
        guard factor != 1 else { return self }
        guard factor != 0 else { return .constant(0) }
        switch self {
        case .polynomial(let coefficients): return .polynomial(coefficients.map { $0 * factor })
        case .call(.clamp(let low, let high), let inner):
            let limits = factor > 0 ? (low * factor, high * factor) : (high * factor, low * factor)
            return .call(.clamp(limits.0, limits.1), inner.scaled(by: factor))
        case .call: return .product(factor, [self])
        case .product(let coefficient, let factors):
            if coefficient * factor == 1, factors.count == 1 { return factors[0] }
            return ScalarFunction.product(coefficient * factor, factors).absorbingCoefficient
        case .sum(let constant, let terms): return .sum(constant * factor, terms.map { $0.scaled(by: factor) })
        }
    }

    static func + (left: ScalarFunction, right: ScalarFunction) -> ScalarFunction {
        if case .call(.clamp(let low, let high), let inner) = left, let value = right.constantValue {
            return .call(.clamp(low + value, high + value), inner + right)
        }
        if case .call(.clamp, _) = right, left.constantValue != nil { return right + left }
        let (a, b) = (left.summands, right.summands)
        let polynomial = sum(a.polynomial, b.polynomial)
        let terms = a.terms + b.terms
        guard !terms.isEmpty else { return .polynomial(polynomial) }
        let rest = trimmed([0] + polynomial.dropFirst())
        let all = (rest.count > 1 ? [.polynomial(rest)] : []) + terms
        return polynomial[0] == 0 && all.count == 1 ? all[0] : .sum(polynomial[0], all)
    }

    static func * (left: ScalarFunction, right: ScalarFunction) -> ScalarFunction {
        if let value = left.constantValue { return right.scaled(by: value) }
        if let value = right.constantValue { return left.scaled(by: value) }
        let (a, b) = (left.factors, right.factors)
        let polynomial = product(a.polynomial, b.polynomial)
        let calls = a.others + b.others
        let coefficient = a.coefficient * b.coefficient
        if calls.isEmpty { return ScalarFunction.polynomial(polynomial).scaled(by: coefficient) }
        if polynomial.count == 1 {
            let product = calls.count == 1 ? calls[0] : .product(1, calls)
            return product.scaled(by: coefficient * polynomial[0])
        }
        return .product(coefficient, [.polynomial(polynomial)] + calls).absorbingCoefficient
    }
}

extension ScalarFunction {
    private var summands: (polynomial: [Double], terms: [ScalarFunction]) {
        switch self {
        case .polynomial(let coefficients): return (coefficients, [])
        case .call, .product: return ([0], [self])
        case .sum(let constant, let terms):
            guard case .polynomial(let coefficients)? = terms.first else { return ([constant], terms) }
            return ([constant] + coefficients.dropFirst(), Array(terms.dropFirst()))
        }
    }

    private var factors: (coefficient: Double, polynomial: [Double], others: [ScalarFunction]) {
        switch self {
        case .polynomial(let coefficients):
            let leading = coefficients[coefficients.count - 1]
            return (leading, coefficients.map { $0 / leading }, [])
        case .call: return (1, [1], [self])
        case .product(let coefficient, let factors):
            guard case .polynomial(let polynomial)? = factors.first else { return (coefficient, [1], factors) }
            return (coefficient, polynomial, Array(factors.dropFirst()))
        case .sum(let constant, let terms):
            guard constant != 0 else { return (1, [1], [self]) }
            return (constant, [1], [.sum(1, terms.map { $0.scaled(by: 1 / constant) })])
        }
    }

    /// The same with the coefficient inside the factor that is a clamp, if there is one.
    private var absorbingCoefficient: ScalarFunction {
        guard case .product(let coefficient, var factors) = self, coefficient != 1 else { return self }
        for (index, factor) in factors.enumerated() {
            guard case .call(.clamp, _) = factor else { continue }
            factors[index] = factor.scaled(by: coefficient)
            return .product(1, factors)
        }
        return self
    }

    private static func trimmed(_ coefficients: [Double]) -> [Double] {
        var result = coefficients
        while result.count > 1, result[result.count - 1] == 0 { result.removeLast() }
        return result
    }

    private static func sum(_ a: [Double], _ b: [Double]) -> [Double] {
        trimmed((0..<max(a.count, b.count)).map { ($0 < a.count ? a[$0] : 0) + ($0 < b.count ? b[$0] : 0) })
    }

    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: a.count + b.count - 1)
        for (i, x) in a.enumerated() {
            for (j, y) in b.enumerated() { result[i + j] += x * y }
        }
        return trimmed(result)
    }
}
