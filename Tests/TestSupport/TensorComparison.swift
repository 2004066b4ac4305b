import Tensors

/// Tells how a computed tensor differs from TensorFlow's.
public struct TensorComparison {
    /// The relative difference that is allowed; nil for the usual one of the type.
    public var tolerance: Double?

    /// The size of numbers that the result may be the difference of: how small it is says nothing about its errors then.
    public var leastScale: Double

    public init(tolerance: Double? = nil, leastScale: Double = 0) {
        self.tolerance = tolerance
        self.leastScale = leastScale
    }

    /// Nil if the tensors agree, otherwise a sentence.
    public func difference(_ actual: Tensor, _ expected: Tensor) -> String? {
        guard actual.dataType == expected.dataType else { return "type \(actual.dataType), not \(expected.dataType)" }
        guard actual.shape == expected.shape else { return "shape \(actual.shape), not \(expected.shape)" }
        switch expected.dataType {
        case .string: return exact(actual.strings, expected.strings)
        case .bool: return exact(actual.array(Bool.self), expected.array(Bool.self))
        default: break
        }
        if let a = integers(actual), let b = integers(expected) { return exact(a, b) }
        return close(reals(actual), reals(expected), expected.dataType)
    }

    private func exact<T: Equatable>(_ actual: [T], _ expected: [T]) -> String? {
        for (index, (a, b)) in zip(actual, expected).enumerated() where a != b { return "[\(index)] \(a), not \(b)" }
        return nil
    }

    private func integers(_ tensor: Tensor) -> [Int128]? {
        switch tensor.dataType {
        case .int8, .qint8: tensor.array(Int8.self).map { Int128($0) }
        case .int16, .qint16: tensor.array(Int16.self).map { Int128($0) }
        case .int32, .qint32: tensor.array(Int32.self).map { Int128($0) }
        case .int64: tensor.array(Int64.self).map { Int128($0) }
        case .uint8, .quint8: tensor.array(UInt8.self).map { Int128($0) }
        case .uint16, .quint16: tensor.array(UInt16.self).map { Int128($0) }
        case .uint32: tensor.array(UInt32.self).map { Int128($0) }
        case .uint64: tensor.array(UInt64.self).map { Int128($0) }
        default: nil
        }
    }

    private func reals(_ tensor: Tensor) -> [Double] {
        switch tensor.dataType {
        case .float: tensor.array(Float.self).map { Double($0) }
        case .double: tensor.array(Double.self)
        case .half: tensor.array(Half.self).map { Double($0.floatValue) }
        case .bfloat16: tensor.array(BFloat16.self).map { Double($0.floatValue) }
        case .complex64: tensor.array(Complex<Float>.self).flatMap { [Double($0.real), Double($0.imaginary)] }
        case .complex128: tensor.array(Complex<Double>.self).flatMap { [$0.real, $0.imaginary] }
        default: []
        }
    }

    private func close(_ actual: [Double], _ expected: [Double], _ type: DataType) -> String? {
        let usual: (relative: Double, absolute: Double) =
            switch type {
            case .double, .complex128: (1e-11, 1e-13)
            case .half: (2e-3, 2e-4)
            case .bfloat16: (1e-2, 1e-3)
            default: (1e-5, 1e-6)
            }
        let relative = tolerance ?? usual.relative
        let scale = min(1, expected.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 })
        let absolute = max(usual.absolute, relative * 0.1) * max(scale, leastScale)
        for (index, (a, b)) in zip(actual, expected).enumerated() {
            if a == b || (a.isNaN && b.isNaN) { continue }
            if (a - b).magnitude <= relative * b.magnitude + absolute, a.isFinite, b.isFinite { continue }
            return "[\(index)] \(a), not \(b)"
        }
        return nil
    }
}
