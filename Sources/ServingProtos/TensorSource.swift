import CProtobufC
import CServingProtos
import ServingCore
import Tensors

/// The value of a `TensorProto`, checked but not decoded yet: nothing but memory can fail any more.
///
/// TensorFlow's rules: `tensor_content` goes first and must have exactly the size of the shape; otherwise the typed field of the
/// dtype, cut if it is too long, its last value repeated if it is too short, zeros if it is empty.
public struct TensorSource: @unchecked Sendable {
    public let dataType: DataType
    public let shape: TensorShape
    /// Bytes of the elements, without what strings point to.
    public let byteCount: Int
    let contents: Contents
    /// Keeps the message alive; nil if somebody else sees to that for as long as this value is used.
    let owner: AnyObject?

    /// Where the elements are.
    enum Contents {
        /// There are none, or all of them are zero or empty.
        case zeros
        /// All of them as they lie in a tensor.
        case raw(UnsafeRawBufferPointer)
        /// One byte each; all but zero are true.
        case booleanBytes(UnsafeRawBufferPointer)
        /// The first of them as they lie in a tensor; the last is repeated.
        case first(UnsafeRawBufferPointer)
        /// The first of them in a wider field; the last is repeated.
        case integers(UnsafeBufferPointer<Int32>)
        case booleans(UnsafeBufferPointer<protobuf_c_boolean>)
        /// The first strings, at least one; the last is repeated.
        case strings(UnsafeBufferPointer<ProtobufCBinaryData>)
        /// As many strings as the shape has elements.
        case stringContent(StringContent)
    }

    /// Checks the message that `proto` points to.
    /// - Parameters:
    ///   - byteLimit: bounds the memory of the elements, because a few bytes can ask for any number of them; pass what the caller
    ///     has room for.
    ///   - owner: must keep everything alive that `proto` points to. With it, bytes that lie as a tensor needs them are used in
    ///     place; without it everything is copied, and `proto` must outlive this value.
    /// - Throws: INVALID_ARGUMENT for what cannot be decoded and RESOURCE_EXHAUSTED above the limit.
    public init(
        checking proto: UnsafePointer<Tensorflow__TensorProto>, byteLimit: Int, owner: AnyObject? = nil
    ) throws(Status) {
        let type = try DataType(proto: proto.pointee.dtype)
        guard type != .resource, type != .variant else {
            throw .invalidArgument("a value of type \(type.protoName) cannot be sent in a message")
        }
        let shape = try TensorShape(proto: proto.pointee.tensor_shape.map { UnsafePointer($0) })
        let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, byteCount <= byteLimit else {
            let size = overflow ? "more than 2^63" : String(byteCount)
            throw .resourceExhausted(
                "a tensor of type \(type.name) and shape \(shape) takes \(size) bytes; the limit is \(byteLimit)")
        }
        dataType = type
        self.shape = shape
        self.byteCount = byteCount
        self.owner = owner
        contents = try Contents(proto.pointee, type, shape, byteCount: byteCount)
        if owner == nil { try checkCopies(byteLimit: byteLimit) }
    }

    /// A value that has been checked already.
    init(dataType: DataType, shape: TensorShape, byteCount: Int, contents: Contents, owner: AnyObject) {
        self.dataType = dataType
        self.shape = shape
        self.byteCount = byteCount
        self.contents = contents
        self.owner = owner
    }

    /// Throws RESOURCE_EXHAUSTED if the elements and a copy of all strings take more than `byteLimit` bytes.
    private func checkCopies(byteLimit: Int) throws(Status) {
        let total = stringBytes
        guard total > byteLimit - byteCount else { return }
        throw .resourceExhausted(
            "\(shape.elementCount) strings with together \(total) bytes take more than the limit of \(byteLimit) bytes")
    }
}

extension TensorSource.Contents {
    fileprivate init(
        _ proto: Tensorflow__TensorProto, _ type: DataType, _ shape: TensorShape, byteCount: Int
    ) throws(Status) {
        let content = proto.tensor_content.bytes
        // Without elements, whatever else the message holds is not looked at.
        if shape.elementCount == 0 {
            self = .zeros
        } else if content.isEmpty {
            self = try TensorSource.Contents(typedField: proto, type, elements: shape.elementCount)
        } else if type == .string {
            self = .stringContent(try StringContent(checking: content, count: shape.elementCount))
        } else if content.count != byteCount {
            throw .invalidArgument(
                "tensor_content has \(content.count) bytes where type \(type.name) and shape \(shape) need \(byteCount)"
            )
        } else {
            self = type == .bool ? .booleanBytes(content) : .raw(content)
        }
    }

    private init(typedField proto: Tensorflow__TensorProto, _ type: DataType, elements: Int) throws(Status) {
        switch type {
        case .float: self = .numbers(proto.float_val, proto.n_float_val, elements)
        case .double: self = .numbers(proto.double_val, proto.n_double_val, elements)
        case .int64: self = .numbers(proto.int64_val, proto.n_int64_val, elements)
        case .uint32: self = .numbers(proto.uint32_val, proto.n_uint32_val, elements)
        case .uint64: self = .numbers(proto.uint64_val, proto.n_uint64_val, elements)
        case .int32, .qint32: self = .numbers(proto.int_val, proto.n_int_val, elements)
        // Pairs of reals; an odd one at the end is left over.
        case .complex64: self = .numbers(proto.scomplex_val, proto.n_scomplex_val / 2 * 2, elements * 2)
        case .complex128: self = .numbers(proto.dcomplex_val, proto.n_dcomplex_val / 2 * 2, elements * 2)
        case .int16, .uint16, .qint16, .quint16, .int8, .uint8, .qint8, .quint8:
            self = .integers(Repeated.values(proto.int_val, min(proto.n_int_val, elements)))
        case .half, .bfloat16: self = .integers(Repeated.values(proto.half_val, min(proto.n_half_val, elements)))
        case .bool: self = .booleans(Repeated.values(proto.bool_val, min(proto.n_bool_val, elements)))
        case .string: self = .strings(Repeated.values(proto.string_val, min(proto.n_string_val, elements)))
        case .invalid, .resource, .variant:
            throw .invalidArgument("a value of type \(type.protoName) cannot be decoded")
        }
        if isEmpty { self = .zeros }
    }

    /// At most `wanted` values that lie in the message as they lie in a tensor.
    private static func numbers<Value>(
        _ values: UnsafeMutablePointer<Value>?, _ count: Int, _ wanted: Int
    ) -> TensorSource.Contents {
        let bytes = UnsafeRawBufferPointer(Repeated.values(values, min(count, wanted)))
        return count < wanted ? .first(bytes) : .raw(bytes)
    }

    private var isEmpty: Bool {
        switch self {
        case .zeros: true
        case .raw(let bytes), .booleanBytes(let bytes), .first(let bytes): bytes.isEmpty
        case .integers(let values), .booleans(let values): values.isEmpty
        case .strings(let values): values.isEmpty
        case .stringContent: false
        }
    }
}
