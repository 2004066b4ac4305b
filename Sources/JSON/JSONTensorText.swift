import ServingCore
import Tensors

/// Writes tensors as nested lists on one line, as TensorFlow Serving writes numbers and strings.
public struct JSONTensorText {
    public let tensor: Tensor
    /// Whether strings are written as `{"b64": "…"}`.
    private let asBase64: Bool
    /// Whether numbers that JSON does not have are written as null.
    private let isStrict: Bool

    /// Throws INVALID_ARGUMENT for types that nobody writes.
    /// - Parameters:
    ///   - asBase64: whether strings are written as `{"b64": "…"}`.
    ///   - isStrict: whether numbers that JSON does not have are null instead of `NaN`, `Infinity` and `-Infinity`.
    public init(_ tensor: Tensor, asBase64: Bool, isStrict: Bool) throws(Status) {
        switch tensor.dataType {
        case .qint8, .quint8, .qint16, .quint16, .qint32, .resource, .variant, .invalid:
            throw .invalidArgument("Failed to write JSON value for tensor type: \(tensor.dataType.name)")
        default: break
        }
        self.tensor = tensor
        self.asBase64 = asBase64
        self.isStrict = isStrict
    }

    /// Appends the whole tensor.
    public func write(to buffer: inout JSONBuffer) { write(0, 0, &buffer) }

    /// Appends one element of the first dimension, of which there must be one.
    public func write(row: Int, to buffer: inout JSONBuffer) {
        write(1, row * tensor.shape.product(1..<tensor.shape.rank), &buffer)
    }

    /// Appends the elements from `start` on that the dimensions from `first` on have.
    private func write(_ first: Int, _ start: Int, _ buffer: inout JSONBuffer) {
        switch tensor.dataType {
        case .float: nest(first, start, &buffer) { real($0 as Float, &$1) }
        case .double: nest(first, start, &buffer) { real($0 as Double, &$1) }
        case .half: nest(first, start, &buffer) { real(Half(bits: $0).floatValue, &$1) }
        case .bfloat16: nest(first, start, &buffer) { real(BFloat16(bits: $0).floatValue, &$1) }
        case .complex64: nest(first, start, &buffer) { (value: Complex<Float>, buffer) in complex(value, &buffer) }
        case .complex128: nest(first, start, &buffer) { (value: Complex<Double>, buffer) in complex(value, &buffer) }
        case .bool: nest(first, start, &buffer) { (value: UInt8, buffer) in buffer.append(value != 0) }
        case .int8: nest(first, start, &buffer) { $1.append(integer: $0 as Int8) }
        case .uint8: nest(first, start, &buffer) { $1.append(integer: $0 as UInt8) }
        case .int16: nest(first, start, &buffer) { $1.append(integer: $0 as Int16) }
        case .uint16: nest(first, start, &buffer) { $1.append(integer: $0 as UInt16) }
        case .int32: nest(first, start, &buffer) { $1.append(integer: $0 as Int32) }
        case .uint32: nest(first, start, &buffer) { $1.append(integer: $0 as UInt32) }
        case .int64: nest(first, start, &buffer) { $1.append(integer: $0 as Int64) }
        case .uint64: nest(first, start, &buffer) { $1.append(integer: $0 as UInt64) }
        case .string:
            nest(first, start, &buffer) { (value: ElementReference, buffer) in
                if asBase64 { buffer.append(base64: value.bytes) } else { buffer.append(string: value.bytes) }
            }
        default: break
        }
    }

    @inline(__always)
    private func nest<Scalar: BitwiseCopyable>(
        _ first: Int, _ start: Int, _ buffer: inout JSONBuffer, _ write: (Scalar, inout JSONBuffer) -> Void
    ) {
        let elements = tensor.pointer(Scalar.self) + start
        var sizes = (first..<max(first, tensor.shape.rank)).map { tensor.shape[$0] }
        // Nothing is in a list without elements, whatever sizes follow.
        if let empty = sizes.firstIndex(of: 0) { sizes.removeLast(sizes.count - 1 - empty) }
        guard let width = sizes.last else { return write(elements[0], &buffer) }
        let lists = sizes.dropLast().reduce(1, *)
        // How many lists of each level have been written in the list above.
        var counts = [Int](repeating: 0, count: sizes.count - 1)
        for _ in counts { buffer.append(byte: UInt8(ascii: "[")) }
        for list in 0..<lists {
            buffer.append(byte: UInt8(ascii: "["))
            let row = elements + list * width
            for index in 0..<width {
                if index > 0 { buffer.append(", ") }
                write(row[index], &buffer)
            }
            buffer.append(byte: UInt8(ascii: "]"))
            close(&counts, sizes, &buffer)
        }
    }

    /// Ends the lists that are complete with one more in them, and begins others in their place.
    private func close(_ counts: inout [Int], _ sizes: [Int], _ buffer: inout JSONBuffer) {
        var level = counts.count - 1
        while level >= 0 {
            counts[level] += 1
            guard counts[level] == sizes[level] else { break }
            buffer.append(byte: UInt8(ascii: "]"))
            counts[level] = 0
            level -= 1
        }
        guard level >= 0 else { return }
        buffer.append(", ")
        for _ in (level + 1)..<max(level + 1, counts.count) { buffer.append(byte: UInt8(ascii: "[")) }
    }

    @inline(__always)
    private func real(_ value: Float, _ buffer: inout JSONBuffer) {
        if isStrict, !value.isFinite { buffer.append("null") } else { buffer.append(real: value) }
    }

    @inline(__always)
    private func real(_ value: Double, _ buffer: inout JSONBuffer) {
        if isStrict, !value.isFinite { buffer.append("null") } else { buffer.append(real: value) }
    }

    private func complex(_ value: Complex<Float>, _ buffer: inout JSONBuffer) {
        buffer.append("{\"real\": ")
        real(value.real, &buffer)
        buffer.append(", \"imag\": ")
        real(value.imaginary, &buffer)
        buffer.append("}")
    }

    private func complex(_ value: Complex<Double>, _ buffer: inout JSONBuffer) {
        buffer.append("{\"real\": ")
        real(value.real, &buffer)
        buffer.append(", \"imag\": ")
        real(value.imaginary, &buffer)
        buffer.append("}")
    }
}
