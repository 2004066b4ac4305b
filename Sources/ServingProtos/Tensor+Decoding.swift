import CProtobufC
import CServingProtos
import ServingCore
import Tensors

extension Tensor {
    /// The value of a `TensorProto`, by TensorFlow's rules: `tensor_content` goes first and must have exactly the size of
    /// the shape; otherwise the typed field of the dtype, cut if it is too long, its last value repeated if it is too
    /// short, zeros if it is empty.
    ///
    /// `byteLimit` bounds the memory of the elements, because a few bytes can ask for any number of them; pass what the
    /// caller has room for. With an `owner`, which must keep everything alive that `proto` points to, bytes that lie as the
    /// tensor needs them are used in place; without one everything is copied.
    ///
    /// Throws INVALID_ARGUMENT for what cannot be decoded and RESOURCE_EXHAUSTED above the limit.
    public init(
        decoding proto: UnsafePointer<Tensorflow__TensorProto>, byteLimit: Int, owner: AnyObject? = nil
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
        let decoder = TensorDecoder(
            proto: proto, dataType: type, shape: shape, byteCount: byteCount, byteLimit: byteLimit, owner: owner)
        self = try decoder.decode()
    }
}

/// One `TensorProto` on its way to a tensor whose type, shape and size have been checked.
struct TensorDecoder {
    let proto: UnsafePointer<Tensorflow__TensorProto>
    let dataType: DataType
    let shape: TensorShape
    let byteCount: Int
    let byteLimit: Int
    let owner: AnyObject?

    func decode() throws(Status) -> Tensor {
        // Without elements, whatever else the message holds is not looked at.
        guard shape.elementCount > 0 else { return try allocate() }
        let content = proto.pointee.tensor_content.bytes
        if !content.isEmpty { return try decode(content: content) }
        let message = proto.pointee
        switch dataType {
        case .float: return try numbers(message.float_val, message.n_float_val)
        case .double: return try numbers(message.double_val, message.n_double_val)
        case .int64: return try numbers(message.int64_val, message.n_int64_val)
        case .uint32: return try numbers(message.uint32_val, message.n_uint32_val)
        case .uint64: return try numbers(message.uint64_val, message.n_uint64_val)
        case .int32, .qint32: return try numbers(message.int_val, message.n_int_val)
        case .int16, .uint16, .qint16, .quint16:
            return try narrowed(message.int_val, message.n_int_val) { UInt16(truncatingIfNeeded: $0) }
        case .int8, .uint8, .qint8, .quint8:
            return try narrowed(message.int_val, message.n_int_val) { UInt8(truncatingIfNeeded: $0) }
        case .half, .bfloat16:
            return try narrowed(message.half_val, message.n_half_val) { UInt16(truncatingIfNeeded: $0) }
        case .bool: return try narrowed(message.bool_val, message.n_bool_val) { $0 != 0 ? 1 as UInt8 : 0 }
        // Pairs of reals; an odd one at the end is left over.
        case .complex64:
            return try numbers(pairs(message.scomplex_val, Complex<Float>.self), message.n_scomplex_val / 2)
        case .complex128:
            return try numbers(pairs(message.dcomplex_val, Complex<Double>.self), message.n_dcomplex_val / 2)
        case .string: return try strings(Repeated.values(message.string_val, message.n_string_val))
        case .invalid, .resource, .variant:
            throw .invalidArgument("a value of type \(dataType.protoName) cannot be decoded")
        }
    }

    private func pairs<Real, Pair>(_ reals: UnsafeMutablePointer<Real>?, _: Pair.Type) -> UnsafeMutablePointer<Pair>? {
        reals.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Pair.self) }
    }

    func allocate() throws(Status) -> Tensor {
        guard let tensor = Tensor(allocating: dataType, shape: shape) else {
            throw .resourceExhausted("no \(byteCount) bytes of memory are left for a tensor of shape \(shape)")
        }
        return tensor
    }

    /// `bytes` in place if there is an owner and they start where an element may start.
    private func borrowed(_ bytes: UnsafeRawBufferPointer) -> Tensor? {
        guard let owner, let base = bytes.baseAddress, bytes.count == byteCount else { return nil }
        let alignment = dataType.isComplex ? dataType.byteCount / 2 : dataType.byteCount
        guard Int(bitPattern: base) % alignment == 0 else { return nil }
        let buffer = TensorBuffer(borrowing: base, byteCount: bytes.count, owner: owner)
        return Tensor(dataType: dataType, shape: shape, buffer: buffer)
    }

    // MARK: tensor_content

    private func decode(content: UnsafeRawBufferPointer) throws(Status) -> Tensor {
        if dataType == .string { return try strings(content: content) }
        guard content.count == byteCount else {
            throw .invalidArgument(
                "tensor_content has \(content.count) bytes where type \(dataType.name) and shape \(shape) need \(byteCount)"
            )
        }
        if dataType == .bool { return try booleans(content) }
        if let tensor = borrowed(content) { return tensor }
        let tensor = try allocate()
        tensor.buffer.base.copyMemory(from: content.baseAddress!, byteCount: content.count)
        return tensor
    }

    /// Any byte but zero is true; a `Bool` in memory may be nothing but 0 or 1.
    private func booleans(_ content: UnsafeRawBufferPointer) throws(Status) -> Tensor {
        if content.allSatisfy({ $0 <= 1 }), let tensor = borrowed(content) { return tensor }
        let tensor = try allocate()
        let elements = tensor.elements(UInt8.self)
        for index in elements.indices { elements[index] = content[index] == 0 ? 0 : 1 }
        return tensor
    }

    // MARK: Typed fields

    /// Values that lie in the message as they lie in the tensor.
    private func numbers<Value: BitwiseCopyable>(_ values: UnsafeMutablePointer<Value>?, _ count: Int) throws(Status)
        -> Tensor
    {
        let values = Repeated.values(values, count)
        let needed = shape.elementCount
        if values.count >= needed, needed > 0 {
            let bytes = UnsafeRawBufferPointer(start: values.baseAddress, count: byteCount)
            if let tensor = borrowed(bytes) { return tensor }
        }
        return try narrowed(values) { $0 }
    }

    private func narrowed<Value, Element: BitwiseCopyable>(
        _ values: UnsafeMutablePointer<Value>?, _ count: Int, _ convert: (Value) -> Element
    ) throws(Status) -> Tensor {
        try narrowed(Repeated.values(values, count), convert)
    }

    private func narrowed<Value, Element: BitwiseCopyable>(
        _ values: UnsafeBufferPointer<Value>, _ convert: (Value) -> Element
    ) throws(Status) -> Tensor {
        let tensor = try allocate()
        let elements = tensor.elements(Element.self)
        let given = min(values.count, elements.count)
        for index in 0..<given { elements[index] = convert(values[index]) }
        guard given < elements.count else { return tensor }
        if given == 0 {
            tensor.buffer.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        } else {
            let last = elements[given - 1]
            for index in given..<elements.count { elements[index] = last }
        }
        return tensor
    }
}
