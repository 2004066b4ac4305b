import CServingProtos
import ServingCore
import Tensors

/// How the elements of a tensor are written.
public enum TensorForm: Sendable {
    /// Into the field of the dtype (`float_val`, `int_val`, …), all of them: what clients expect by default.
    case typedField
    /// As raw bytes into `tensor_content`.
    case content
}

/// A tensor about to be written as a `TensorProto`: measures first, so that lengths can be written before contents.
public struct TensorEncoding {
    private let tensor: Tensor
    private let form: TensorForm
    /// Bytes of the packed numbers, or of `tensor_content`; nil if nothing is written or strings are written one by one.
    private let payload: (number: Int, length: Int)?
    private let shapeSize: Int

    /// Bytes of the encoded `TensorProto`, without any header of the field that holds it.
    public let byteCount: Int

    /// Throws UNIMPLEMENTED for resources and variants, which live only in this process.
    public init(_ tensor: Tensor, form: TensorForm = .typedField) throws(Status) {
        guard tensor.dataType != .resource, tensor.dataType != .variant, tensor.dataType != .invalid else {
            throw .unimplemented("a tensor of type \(tensor.dataType.name) cannot be written into a message")
        }
        self.tensor = tensor
        self.form = form
        shapeSize = TensorEncoding.size(of: tensor.shape)
        let payload = TensorEncoding.payload(tensor, form)
        self.payload = payload
        var size = 2 + WireWriter.size(field: 2, length: shapeSize)
        if let payload { size += WireWriter.size(field: payload.number, length: payload.length) }
        if form == .typedField, tensor.dataType == .string {
            for element in tensor.elements(ElementReference.self) {
                size += WireWriter.size(field: 8, length: element.count)
            }
        }
        byteCount = size
    }

    private static func size(of shape: TensorShape) -> Int {
        var size = 0
        for index in 0..<shape.rank { size += WireWriter.size(field: 2, length: dimensionSize(shape[index])) }
        return size
    }

    private static func dimensionSize(_ size: Int) -> Int { size == 0 ? 0 : 1 + WireWriter.size(varint: UInt64(size)) }

    private static func payload(_ tensor: Tensor, _ form: TensorForm) -> (number: Int, length: Int)? {
        guard tensor.elementCount > 0 else { return nil }
        if form == .content {
            guard tensor.dataType == .string else { return (4, tensor.byteCount) }
            var length = 0
            for element in tensor.elements(ElementReference.self) {
                length += WireWriter.size(varint: UInt64(element.count)) + element.count
            }
            return (4, length)
        }
        switch tensor.dataType {
        case .float: return (5, tensor.byteCount)
        case .double: return (6, tensor.byteCount)
        case .complex64: return (9, tensor.byteCount)
        case .complex128: return (12, tensor.byteCount)
        case .bool: return (11, tensor.elementCount)
        case .int32, .qint32: return (7, length(tensor) { (value: Int32) in extended(value) })
        case .int16, .qint16: return (7, length(tensor) { (value: Int16) in extended(value) })
        case .int8, .qint8: return (7, length(tensor) { (value: Int8) in extended(value) })
        case .uint16, .quint16: return (7, length(tensor) { (value: UInt16) in UInt64(value) })
        case .uint8, .quint8: return (7, length(tensor) { (value: UInt8) in UInt64(value) })
        case .half, .bfloat16: return (13, length(tensor) { (value: UInt16) in UInt64(value) })
        case .int64: return (10, length(tensor) { (value: Int64) in extended(value) })
        case .uint32: return (16, length(tensor) { (value: UInt32) in UInt64(value) })
        case .uint64: return (17, length(tensor) { (value: UInt64) in value })
        case .string, .resource, .variant, .invalid: return nil
        }
    }

    /// A negative number is written as its 64-bit form.
    private static func extended(_ value: some FixedWidthInteger) -> UInt64 { UInt64(bitPattern: Int64(value)) }

    private static func length<Element: BitwiseCopyable>(_ tensor: Tensor, _ bits: (Element) -> UInt64) -> Int {
        var length = 0
        for element in tensor.elements(Element.self) { length += WireWriter.size(varint: bits(element)) }
        return length
    }

    // MARK: Writing

    /// Appends the `byteCount` bytes of the message.
    public func write(to writer: inout WireWriter) {
        writer.append(field: 1, integer: Int64(tensor.dataType.rawValue))
        writer.appendHeader(field: 2, length: shapeSize)
        for index in 0..<tensor.shape.rank {
            writer.appendHeader(field: 2, length: TensorEncoding.dimensionSize(tensor.shape[index]))
            writer.append(field: 1, integer: Int64(tensor.shape[index]))
        }
        if let payload {
            writer.appendHeader(field: payload.number, length: payload.length)
            form == .content ? writeContent(&writer) : writePacked(&writer)
        } else if tensor.dataType == .string {
            for element in tensor.elements(ElementReference.self) { writer.append(field: 8, message: element.bytes) }
        }
    }

    /// Appends the message as a field with this number.
    public func write(field number: Int, to writer: inout WireWriter) {
        writer.appendHeader(field: number, length: byteCount)
        write(to: &writer)
    }

    private func writeContent(_ writer: inout WireWriter) {
        guard tensor.dataType == .string else {
            writer.append(raw: tensor.bytes)
            return
        }
        for element in tensor.elements(ElementReference.self) { writer.append(varint: UInt64(element.count)) }
        for element in tensor.elements(ElementReference.self) { writer.append(raw: element.bytes) }
    }

    private func writePacked(_ writer: inout WireWriter) {
        switch tensor.dataType {
        case .int32, .qint32: write(&writer) { (value: Int32) in TensorEncoding.extended(value) }
        case .int16, .qint16: write(&writer) { (value: Int16) in TensorEncoding.extended(value) }
        case .int8, .qint8: write(&writer) { (value: Int8) in TensorEncoding.extended(value) }
        case .uint16, .quint16, .half, .bfloat16: write(&writer) { (value: UInt16) in UInt64(value) }
        case .uint8, .quint8: write(&writer) { (value: UInt8) in UInt64(value) }
        case .int64: write(&writer) { (value: Int64) in TensorEncoding.extended(value) }
        case .uint32: write(&writer) { (value: UInt32) in UInt64(value) }
        case .uint64: write(&writer) { (value: UInt64) in value }
        // Little-endian floats and one-byte booleans lie in memory as they travel.
        default: writer.append(raw: tensor.bytes)
        }
    }

    private func write<Element: BitwiseCopyable>(_ writer: inout WireWriter, _ bits: (Element) -> UInt64) {
        // By way of a small buffer: appending single bytes to an array costs several times as much.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            var count = 0
            for element in tensor.elements(Element.self) {
                if count > buffer.count - 10 {
                    writer.append(raw: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
                    count = 0
                }
                var rest = bits(element)
                while rest >= 0x80 {
                    buffer[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                    count += 1
                    rest >>= 7
                }
                buffer[count] = UInt8(truncatingIfNeeded: rest)
                count += 1
            }
            writer.append(raw: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        }
    }
}

extension Tensor {
    /// The tensor as an encoded `TensorProto`. Throws UNIMPLEMENTED for resources and variants.
    public func encoded(form: TensorForm = .typedField) throws(Status) -> [UInt8] {
        let encoding = try TensorEncoding(self, form: form)
        var writer = WireWriter(capacity: encoding.byteCount)
        encoding.write(to: &writer)
        return writer.bytes
    }
}

extension Message where Proto == Tensorflow__TensorProto {
    /// The tensor as a message struct, for places that hold structs. Throws UNIMPLEMENTED for resources and variants.
    public convenience init(encoding tensor: Tensor, form: TensorForm = .typedField) throws(Status) {
        try self.init(unpacking: try tensor.encoded(form: form), failure: .internalError)
    }
}
