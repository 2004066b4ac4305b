/// Elements of one type in row-major order. A value: the buffer behind it is not written once the tensor is shared.
public struct Tensor: Sendable {
    public let dataType: DataType
    public let shape: TensorShape
    @usableFromInline var storage: TensorBuffer
    @inlinable public var buffer: TensorBuffer { storage }

    /// Shows `buffer` as a tensor; the buffer must hold at least `shape.elementCount` elements.
    @inlinable public init(dataType: DataType, shape: TensorShape, buffer: TensorBuffer) {
        let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        precondition(!overflow && bytes <= buffer.byteCount, "buffer too small for tensor")
        self.dataType = dataType
        self.shape = shape
        storage = buffer
    }

    /// A tensor whose elements are not initialised; nil if it does not fit into memory.
    public init?(allocating dataType: DataType, shape: TensorShape) {
        let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        guard !overflow, let buffer = TensorBuffer(byteCount: bytes) else { return nil }
        self.init(dataType: dataType, shape: shape, buffer: buffer)
        if dataType.isReference {
            elements(ElementReference.self).initialize(repeating: ElementReference(pointer: nil, count: 0))
        }
    }

    /// A tensor that holds `values`; for constants and tests.
    public init<Scalar: TensorScalar>(_ values: [Scalar], shape: TensorShape) {
        precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
        guard let buffer = TensorBuffer(byteCount: values.count * MemoryLayout<Scalar>.stride) else {
            preconditionFailure("out of memory")
        }
        self.init(dataType: Scalar.dataType, shape: shape, buffer: buffer)
        _ = elements(Scalar.self).initialize(from: values)
    }

    /// A scalar.
    public init<Scalar: TensorScalar>(scalar: Scalar) { self.init([scalar], shape: []) }

    /// A vector.
    public init<Scalar: TensorScalar>(_ values: [Scalar]) { self.init(values, shape: [values.count]) }

    /// A string tensor; each element is a sequence of bytes.
    public init(strings: [[UInt8]], shape: TensorShape) {
        precondition(strings.count == shape.elementCount, "\(strings.count) strings for shape \(shape)")
        guard let buffer = TensorBuffer(byteCount: strings.count * DataType.string.byteCount),
            let heap = StringHeap(capacity: strings.reduce(0) { $0 + $1.count })
        else { preconditionFailure("out of memory") }
        self.init(dataType: .string, shape: shape, buffer: buffer)
        buffer.attach(heap)
        let elements = elements(ElementReference.self)
        for (index, string) in strings.enumerated() {
            elements[index] = string.withUnsafeBytes { heap.append($0) }
        }
    }

    /// A string tensor of UTF-8 texts.
    public init(texts: [String], shape: TensorShape) { self.init(strings: texts.map { Array($0.utf8) }, shape: shape) }

    /// A scalar resource or variant that holds `object`.
    public init(object: AnyObject, dataType: DataType) {
        guard let buffer = TensorBuffer(byteCount: dataType.byteCount) else { preconditionFailure("out of memory") }
        self.init(dataType: dataType, shape: [], buffer: buffer)
        buffer.attach(object)
        let pointer = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
        elements(ElementReference.self)[0] = ElementReference(pointer: pointer, count: 0)
    }

    /// True if nobody else holds the buffer, and its bytes may be written.
    public mutating func ownsBufferAlone() -> Bool { storage.isWritable && isKnownUniquelyReferenced(&storage) }

    /// The buffer, without a further reference to it.
    @inlinable public consuming func takeBuffer() -> TensorBuffer { storage }

    @inlinable public var elementCount: Int { shape.elementCount }

    /// Bytes of the elements, without what strings point to.
    @inlinable public var byteCount: Int { shape.elementCount * dataType.byteCount }

    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer.base, count: byteCount) }

    /// The address of the first element. `Scalar` must have the stride of the data type, for example `Int8` for `qint8`.
    @inlinable public func pointer<Scalar: BitwiseCopyable>(_: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
        assert(MemoryLayout<Scalar>.stride == dataType.byteCount, "element type does not fit the tensor")
        return buffer.base.assumingMemoryBound(to: Scalar.self)
    }

    /// All elements. They may be written only by the kernel that allocated the tensor, before it hands it on.
    @inlinable public func elements<Scalar: BitwiseCopyable>(_: Scalar.Type) -> UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(start: pointer(Scalar.self), count: elementCount)
    }

    /// The elements as an array; for tests, small tensors and code that runs while loading.
    public func array<Scalar: TensorScalar>(_: Scalar.Type) -> [Scalar] { Array(elements(Scalar.self)) }

    /// The elements of a string tensor as byte arrays.
    public var strings: [[UInt8]] {
        precondition(dataType == .string, "not a string tensor")
        return elements(ElementReference.self).map { Array($0.bytes) }
    }

    /// The elements of a string tensor as texts; invalid UTF-8 is repaired.
    public var texts: [String] { strings.map { String(decoding: $0, as: UTF8.self) } }

    /// The object in a scalar resource or variant tensor, if it is of type `Object`.
    public func object<Object: AnyObject>(as type: Object.Type) -> Object? { object(at: 0, as: type) }

    /// The object in element `index` of a resource or variant tensor, if it is of type `Object`; nil beyond the last element.
    public func object<Object: AnyObject>(at index: Int, as _: Object.Type) -> Object? {
        guard dataType == .resource || dataType == .variant, index >= 0, index < elementCount else { return nil }
        guard let pointer = elements(ElementReference.self)[index].pointer else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue() as? Object
    }

    /// The same elements in another shape with as many elements.
    @inlinable public func reshaped(to shape: TensorShape) -> Tensor {
        Tensor(dataType: dataType, shape: shape, buffer: buffer)
    }

    /// The same bytes as elements of another type of the same size.
    public func bitcast(to dataType: DataType, shape: TensorShape) -> Tensor {
        Tensor(dataType: dataType, shape: shape, buffer: buffer)
    }

    /// The integers of an `int16`, `int32` or `int64` tensor, as they appear in shapes, axes and sizes; nil for other types.
    public var integers: [Int]? {
        switch dataType {
        case .int16: elements(Int16.self).map { Int($0) }
        case .int32: elements(Int32.self).map { Int($0) }
        case .int64: elements(Int64.self).map { Int($0) }
        default: nil
        }
    }
}
