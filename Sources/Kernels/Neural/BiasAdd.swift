import Execution
import Graphs
import ServingCore
import Tensors

/// `BiasAdd` and `BiasAddV1`: a vector is added along the channels.
let biasAddOps: [OpDefinition] = ["BiasAdd", "BiasAddV1"].map { name in
    OpDefinition(name, infer: Inference.sameAsInput) { (construction) throws(Status) in
        switch try construction.input(0).dataType {
        case .float: try specialized(BiasAddKernel<Float>(construction))
        case .double: try specialized(BiasAddKernel<Double>(construction))
        case .half: try specialized(BiasAddKernel<Half>(construction))
        case .bfloat16: try specialized(BiasAddKernel<BFloat16>(construction))
        case .int8: try specialized(BiasAddKernel<Int8>(construction))
        case .int16: try specialized(BiasAddKernel<Int16>(construction))
        case .int32: try specialized(BiasAddKernel<Int32>(construction))
        case .int64: try specialized(BiasAddKernel<Int64>(construction))
        case .uint8: try specialized(BiasAddKernel<UInt8>(construction))
        case .uint16: try specialized(BiasAddKernel<UInt16>(construction))
        case .uint32: try specialized(BiasAddKernel<UInt32>(construction))
        case .uint64: try specialized(BiasAddKernel<UInt64>(construction))
        case .complex64: try specialized(BiasAddKernel<Complex<Float>>(construction))
        case .complex128: try specialized(BiasAddKernel<Complex<Double>>(construction))
        case let other: throw construction.unsupported(other)
        }
    }
}

private final class BiasAddKernel<Element: Summable>: Kernel {
    private let isChannelsFirst: Bool

    init(_ construction: KernelConstruction) throws(Status) {
        let format = try construction.attributes.string("data_format", default: "NHWC")
        guard format == "NHWC" || format == "NCHW" else { throw .invalidArgument("Invalid data format") }
        isChannelsFirst = format == "NCHW"
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let biasShape = context.input(1).shape
        guard shape.rank >= 2 else { throw .invalidArgument("Input tensor must be at least 2D: \(shape)") }
        guard biasShape.rank == 1 else { throw .invalidArgument("Biases must be 1D: \(biasShape)") }
        let channelAxis = isChannelsFirst ? 1 : shape.rank - 1
        guard biasShape[0] == shape[channelAxis] else {
            throw .invalidArgument(
                "Must provide as many biases as the last dimension of the input tensor: \(biasShape) vs. \(shape)")
        }
        let output = try context.allocateOutput(0, Element.dataType, shape, reusing: 0..<1)
        let target = output.pointer(Element.self)
        let source = context.input(0).pointer(Element.self)
        let bias = context.input(1).pointer(Element.self)
        let channels = biasShape[0]
        guard shape.elementCount > 0 else { return }
        let inner = shape.product(channelAxis + 1..<shape.rank)
        if inner == 1 {
            context.parallelFor(shape.elementCount / channels, cost: Double(channels) * 0.3) { rows in
                for row in rows {
                    let start = row &* channels
                    for index in 0..<channels { target[start &+ index] = source[start &+ index].plus(bias[index]) }
                }
            }
            return
        }
        context.parallelFor(shape.elementCount / inner, cost: Double(inner) * 0.3) { planes in
            for plane in planes {
                let added = bias[plane % channels]
                for index in plane &* inner..<(plane &+ 1) &* inner { target[index] = source[index].plus(added) }
            }
        }
    }
}

/// An element type with TensorFlow's addition: integers wrap, narrow floats are rounded once.
protocol Summable: TensorScalar {
    func plus(_ other: Self) -> Self
}

extension Summable where Self: FixedWidthInteger {
    @inline(__always) func plus(_ other: Self) -> Self { self &+ other }
}

extension Summable where Self: FloatingPoint {
    @inline(__always) func plus(_ other: Self) -> Self { self + other }
}

extension Float: Summable {}
extension Double: Summable {}
extension Int8: Summable {}
extension Int16: Summable {}
extension Int32: Summable {}
extension Int64: Summable {}
extension UInt8: Summable {}
extension UInt16: Summable {}
extension UInt32: Summable {}
extension UInt64: Summable {}

extension Half: Summable {
    @inline(__always) func plus(_ other: Half) -> Half { Half(floatValue + other.floatValue) }
}

extension BFloat16: Summable {
    @inline(__always) func plus(_ other: BFloat16) -> BFloat16 { BFloat16(floatValue + other.floatValue) }
}

extension Complex: Summable {
    @inline(__always) func plus(_ other: Complex) -> Complex {
        Complex(real + other.real, imaginary + other.imaginary)
    }
}
