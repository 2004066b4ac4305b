import Graphs
import MicrokernelTypes

/// What one instruction of an `ElementwiseProgram` computes for each element.
public enum ElementwiseOperation: Sendable, Hashable {
    case apply(VectorFunction, parameter: Float)
    case combine(VectorCombination)

    /// How many operands it has.
    public var operandCount: Int {
        switch self {
        case .apply: 1
        case .combine: 2
        }
    }

    /// The operation that `node` is if its elements are of type `Float`; nil if it is none.
    public init?(_ node: Node) {
        if let function = ElementwiseOperation.functions[node.op] {
            guard let alpha = try? node.attributes.float("alpha", default: 0.2) else { return nil }
            self = .apply(function, parameter: function == .leakyRectifier ? alpha : 0)
        } else if let function = ElementwiseOperation.combinations[node.op] {
            self = .combine(function)
        } else {
            return nil
        }
    }

    private static let functions: [String: VectorFunction] = [
        "Abs": .abs, "Neg": .negate, "Square": .square, "Sqrt": .squareRoot, "Rsqrt": .reciprocalSquareRoot,
        "Reciprocal": .reciprocal, "Inv": .reciprocal, "Floor": .floor, "Ceil": .ceiling, "Round": .round,
        "Rint": .round, "Sign": .sign, "Exp": .exponential, "Expm1": .exponentialMinusOne, "Log": .logarithm,
        "Log1p": .logarithmOfOnePlus, "Sigmoid": .sigmoid, "Tanh": .tanh, "Erf": .errorFunction,
        "Erfc": .complementaryErrorFunction, "Relu": .rectifier, "Relu6": .rectifier6, "LeakyRelu": .leakyRectifier,
        "Elu": .exponentialLinear, "Selu": .scaledExponentialLinear, "Softplus": .softplus, "Softsign": .softsign,
    ]

    private static let combinations: [String: VectorCombination] = [
        "Add": .add, "AddV2": .add, "Sub": .subtract, "Mul": .multiply, "RealDiv": .divide, "Div": .divide,
        "Maximum": .maximum, "Minimum": .minimum, "SquaredDifference": .squaredDifference,
    ]

    /// The rough time for one element in nanoseconds.
    var cost: Double {
        switch self {
        case .apply(let function, _): function.cost
        case .combine: 0.1
        }
    }
}
