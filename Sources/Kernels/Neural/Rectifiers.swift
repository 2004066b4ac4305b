import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `Relu` and `Relu6`, which also take integers.
let rectifierOps: [OpDefinition] = [
    OpDefinition("Relu", infer: Inference.sameAsInput, makeKernel: makeRectifier(RectifiedLinear.self)),
    OpDefinition("Relu6", infer: Inference.sameAsInput, makeKernel: makeRectifier(RectifiedLinear6.self)),
]

private protocol Rectifier: SendableMetatype {
    static var vector: VectorFunction { get }
    static func apply<Value: Comparable & ExpressibleByIntegerLiteral>(_ x: Value) -> Value
}

// Written so that values that are not numbers, and -0, pass through as in TensorFlow.

private enum RectifiedLinear: Rectifier {
    static var vector: VectorFunction { .rectifier }
    @inline(__always) static func apply<Value: Comparable & ExpressibleByIntegerLiteral>(_ x: Value) -> Value {
        x < 0 ? 0 : x
    }
}

private enum RectifiedLinear6: Rectifier {
    static var vector: VectorFunction { .rectifier6 }
    @inline(__always) static func apply<Value: Comparable & ExpressibleByIntegerLiteral>(_ x: Value) -> Value {
        x < 0 ? 0 : x > 6 ? 6 : x
    }
}

private func makeRectifier<Function: Rectifier>(_: Function.Type) -> OpDefinition.Construction {
    { (construction) throws(Status) in
        switch try construction.input(0).dataType {
        case .float: return MapKernel<Float>(Function.vector)
        case .double: return rectifierKernel(Double.self, Function.self)
        case .half: return rectifierKernel(Half.self, Function.self)
        case .bfloat16: return rectifierKernel(BFloat16.self, Function.self)
        case .int8: return rectifierKernel(Int8.self, Function.self)
        case .int16: return rectifierKernel(Int16.self, Function.self)
        case .int32: return rectifierKernel(Int32.self, Function.self)
        case .int64: return rectifierKernel(Int64.self, Function.self)
        case .uint8: return rectifierKernel(UInt8.self, Function.self)
        case .uint16: return rectifierKernel(UInt16.self, Function.self)
        case .uint32: return rectifierKernel(UInt32.self, Function.self)
        case .uint64: return rectifierKernel(UInt64.self, Function.self)
        case let other: throw construction.unsupported(other)
        }
    }
}

private func rectifierKernel<Element: OrderedElement, Function: Rectifier>(
    _: Element.Type, _: Function.Type
) -> any Kernel {
    MapKernel<Element>(cost: 0.3) { source, target, count in
        for index in 0..<count { target[index] = Element(narrowing: Function.apply(source[index].value)) }
    }
}
