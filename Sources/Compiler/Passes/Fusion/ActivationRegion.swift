import Graphs
import MicrokernelTypes
import Tensors

/// Element-wise nodes that together apply one activation to a value.
struct ActivationRegion {
    let nodes: [Int]
    let activation: Activation
    /// The node whose output is the result.
    let last: Int

    /// No spelling of an activation takes more nodes.
    private static let maximumNodes = 16

    /// The largest region behind `source` of which only the result is read elsewhere; nil if there is none.
    /// - Parameter takesSource: whether nothing else may read `source` either.
    init?(_ view: GraphView, from source: OutletID, takesSource: Bool = true) {
        guard view.fact(source).dataType == .float else { return nil }
        var known: [OutletID: ScalarFunction] = [source: .identity]
        var region: [Int] = []
        var pending = Set(view.readers(of: source))
        var best: (count: Int, activation: Activation)?
        while let next = pending.min(), region.count < ActivationRegion.maximumNodes {
            pending.remove(next)
            guard view.node(next).controlInputs.isEmpty, view.outputCount(next) == 1,
                let function = ScalarFunction(view, next, known, rank: view.fact(source).shape.rank)
            else { continue }
            region.append(next)
            known[OutletID(node: next)] = function
            pending.formUnion(view.readers(of: OutletID(node: next)))
            let inner = region.dropLast() + (takesSource ? [source.node] : [])
            guard inner.allSatisfy({ view.isReadOnly($0, by: Set(region)) }) else { continue }
            if let activation = function.activation { best = (region.count, activation) }
        }
        guard let best else { return nil }
        nodes = Array(region.prefix(best.count))
        activation = best.activation
        last = nodes[best.count - 1]
    }
}

extension ScalarFunction {
    /// What `node` computes from `known` functions and constants of one element; nil if it is no such function.
    /// - Parameter rank: that of the argument, if known: constants of higher rank would change the shape.
    init?(_ view: GraphView, _ node: Int, _ known: [OutletID: ScalarFunction], rank: Int?) {
        var inputs: [ScalarFunction] = []
        for outlet in view.node(node).inputs {
            if let function = known[outlet] {
                inputs.append(function)
            } else {
                guard let value = view.scalar(outlet, maximumRank: rank ?? 0) else { return nil }
                inputs.append(.constant(Double(value)))
            }
        }
        guard let function = ScalarFunction.result(of: view.node(node), inputs) else { return nil }
        self = function
    }

    private static func result(of node: Node, _ inputs: [ScalarFunction]) -> ScalarFunction? {
        switch inputs.count {
        case 1: unary(node, inputs[0])
        case 2: binary(node, inputs[0], inputs[1])
        case 3 where node.op == "ClipByValue": limited(inputs[0], inputs[1].constantValue, inputs[2].constantValue)
        default: nil
        }
    }

    private static func unary(_ node: Node, _ x: ScalarFunction) -> ScalarFunction? {
        switch node.op {
        case "Neg": return x.scaled(by: -1)
        case "Square": return x * x
        case "Relu": return x.applying(.clamp(0, .infinity))
        case "Relu6": return x.applying(.clamp(0, 6))
        case "LeakyRelu":
            guard let slope = try? node.attributes.float("alpha", default: 0.2) else { return nil }
            return x.applying(.leakyRectifier(Double(slope)))
        case "Elu": return x.applying(.exponentialLinear)
        case "Sigmoid": return x.applying(.sigmoid)
        case "Tanh": return x.applying(.tanh)
        case "Erf": return x.applying(.erf)
        case "Erfc": return x.applying(.erfc)
        case "Softplus": return x.applying(.softplus)
        default: return nil
        }
    }

    private static func binary(_ node: Node, _ x: ScalarFunction, _ y: ScalarFunction) -> ScalarFunction? {
        switch node.op {
        case "AddV2", "Add": return x + y
        case "Sub": return x + y.scaled(by: -1)
        case "Mul": return x * y
        case "RealDiv":
            guard let divisor = y.constantValue, divisor != 0 else { return nil }
            return x.scaled(by: 1 / divisor)
        case "Pow":
            guard let exponent = y.constantValue, exponent == 2 || exponent == 3 else { return nil }
            return exponent == 2 ? x * x : x * x * x
        case "Maximum", "Minimum": return extremum(x, y, isMaximum: node.op == "Maximum")
        default: return nil
        }
    }

    private static func extremum(_ x: ScalarFunction, _ y: ScalarFunction, isMaximum: Bool) -> ScalarFunction? {
        if x.constantValue != nil, y.constantValue == nil { return extremum(y, x, isMaximum: isMaximum) }
        if let limit = y.constantValue {
            return isMaximum ? limited(x, limit, .infinity) : limited(x, -.infinity, limit)
        }
        // The larger of x and a share of it is the leaky rectifier.
        guard isMaximum, case .polynomial(let a) = x, case .polynomial(let b) = y, a.count == 2, b.count == 2 else {
            return nil
        }
        guard a[0] == 0, b[0] == 0, max(a[1], b[1]) == 1, min(a[1], b[1]) > 0 else { return nil }
        return identity.applying(.leakyRectifier(min(a[1], b[1])))
    }

    private static func limited(_ x: ScalarFunction, _ low: Double?, _ high: Double?) -> ScalarFunction? {
        guard let low, let high, low <= high else { return nil }
        return x.applying(.clamp(low, high))
    }
}
