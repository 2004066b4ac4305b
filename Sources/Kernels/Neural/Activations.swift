import Execution
import Glibc
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// Element-wise activation functions.
let activationOps: [OpDefinition] = [
    OpDefinition("LeakyRelu", infer: Inference.sameAsInput, makeKernel: makeActivation(LeakyRectifiedLinear.self)),
    OpDefinition("Elu", infer: Inference.sameAsInput, makeKernel: makeActivation(ExponentialLinear.self)),
    OpDefinition("Selu", infer: Inference.sameAsInput, makeKernel: makeActivation(ScaledExponentialLinear.self)),
    OpDefinition("Softplus", infer: Inference.sameAsInput, makeKernel: makeActivation(Softplus.self)),
    OpDefinition("Softsign", infer: Inference.sameAsInput, makeKernel: makeActivation(Softsign.self)),
]

/// A function from real numbers to real numbers; `alpha` is the op's attribute of that name, or 0.
private protocol Activation: SendableMetatype {
    /// The vector loop for `float` elements.
    static var vector: VectorFunction { get }
    static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value
}

/// The types that activations are computed in.
protocol ActivationValue: BinaryFloatingPoint {
    static func exponential(_ x: Self) -> Self
    static func exponentialMinusOne(_ x: Self) -> Self
    static func logarithmOfOnePlus(_ x: Self) -> Self
}

extension Float: ActivationValue {
    static func exponential(_ x: Float) -> Float { expf(x) }
    static func exponentialMinusOne(_ x: Float) -> Float { expm1f(x) }
    static func logarithmOfOnePlus(_ x: Float) -> Float { log1pf(x) }
}

extension Double: ActivationValue {
    static func exponential(_ x: Double) -> Double { exp(x) }
    static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
    static func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
}

private enum LeakyRectifiedLinear: Activation {
    static var vector: VectorFunction { .leakyRectifier }
    @inline(__always) static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value {
        x > 0 ? x : x * alpha
    }
}

private enum ExponentialLinear: Activation {
    static var vector: VectorFunction { .exponentialLinear }
    @inline(__always) static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value {
        x < 0 ? Value.exponentialMinusOne(x) : x
    }
}

private enum ScaledExponentialLinear: Activation {
    static var vector: VectorFunction { .scaledExponentialLinear }
    @inline(__always) static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value {
        let scale: Value = 1.0507009873554804934193349852946
        let scaleAlpha: Value = 1.7580993408473768599402175208123
        return x < 0 ? scaleAlpha * Value.exponentialMinusOne(x) : scale * x
    }
}

private enum Softplus: Activation {
    static var vector: VectorFunction { .softplus }
    @inline(__always) static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value {
        // Far from 0 the sum would lose one of its terms.
        let threshold: Value = Value.self == Float.self ? -13.942385 : -34.043653
        if x > -threshold { return x }
        let power = Value.exponential(x)
        return x < threshold ? power : Value.logarithmOfOnePlus(power)
    }
}

private enum Softsign: Activation {
    static var vector: VectorFunction { .softsign }
    @inline(__always) static func apply<Value: ActivationValue>(_ x: Value, alpha: Value) -> Value {
        x / (x.magnitude + 1)
    }
}

private func makeActivation<Function: Activation>(_: Function.Type) -> OpDefinition.Construction {
    { (construction) throws(Status) in
        let alpha = Double(try construction.attributes.float("alpha", default: 0.2))
        switch try construction.input(0).dataType {
        case .float: return MapKernel<Float>(Function.vector, parameter: Float(alpha))
        case .double: return activationKernel(Double.self, Function.self, alpha: alpha)
        case .half: return activationKernel(Half.self, Function.self, alpha: alpha)
        case .bfloat16: return activationKernel(BFloat16.self, Function.self, alpha: alpha)
        case let other: throw construction.unsupported(other)
        }
    }
}

private func activationKernel<Element: OrderedElement, Function: Activation>(
    _: Element.Type, _: Function.Type, alpha: Double
) -> any Kernel where Element.Value: ActivationValue {
    MapKernel<Element>(cost: 5) { source, target, count in
        let alpha = Element.Value(alpha)
        for index in 0..<count {
            target[index] = Element(narrowing: Function.apply(source[index].value, alpha: alpha))
        }
    }
}
