import Execution
import ServingCore
import Tensors

/// An element type of tensors that matrix products are computed for, perhaps in a wider type.
protocol MatrixElement: TensorScalar {
    associatedtype Wide: MatrixScalar
    static func widen(_ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Wide>, count: Int)
    static func narrow(_ source: UnsafePointer<Wide>, to target: UnsafeMutablePointer<Self>, count: Int)
}

extension MatrixElement {
    /// True if products are computed in a wider type.
    static var isNarrow: Bool { Self.self != Wide.self }

    /// The elements of `tensor` as the wider type; `tensor` itself if there is none.
    static func widened(_ tensor: Tensor, in context: borrowing KernelContext) throws(Status) -> Tensor {
        guard isNarrow else { return tensor }
        let wide = try context.allocateTemporary(Wide.dataType, tensor.shape)
        widen(tensor.pointer(Self.self), to: wide.pointer(Wide.self), count: tensor.elementCount)
        return wide
    }

    /// As `widened(_:in:)` for a constant, while loading. Throws RESOURCE_EXHAUSTED if there is no memory for it.
    static func widenedConstant(_ tensor: Tensor?) throws(Status) -> Tensor? {
        guard isNarrow, let tensor else { return tensor }
        guard let wide = Tensor(allocating: Wide.dataType, shape: tensor.shape) else {
            throw .resourceExhausted("OOM when allocating tensor with shape\(tensor.shape) and type \(Wide.dataType.name)")
        }
        widen(tensor.pointer(Self.self), to: wide.pointer(Wide.self), count: tensor.elementCount)
        return wide
    }
}

extension MatrixElement where Wide == Self {
    static func widen(_ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Self>, count: Int) {
        target.update(from: source, count: count)
    }
    static func narrow(_ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Self>, count: Int) {
        target.update(from: source, count: count)
    }
}

extension Float: MatrixElement {}
extension Double: MatrixElement {}
extension Complex: MatrixElement {}
extension Int16: MatrixElement {}
extension Int32: MatrixElement {}
extension Int64: MatrixElement {}

extension Half: MatrixElement {
    static func widen(_ source: UnsafePointer<Half>, to target: UnsafeMutablePointer<Float>, count: Int) {
        for index in 0..<count { target[index] = source[index].floatValue }
    }
    static func narrow(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Half>, count: Int) {
        for index in 0..<count { target[index] = Half(source[index]) }
    }
}

extension BFloat16: MatrixElement {
    static func widen(_ source: UnsafePointer<BFloat16>, to target: UnsafeMutablePointer<Float>, count: Int) {
        for index in 0..<count { target[index] = source[index].floatValue }
    }
    static func narrow(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<BFloat16>, count: Int) {
        for index in 0..<count { target[index] = BFloat16(source[index]) }
    }
}
