/// TensorFlow's element types; raw values are those of `tensorflow.DataType`.
public enum DataType: Int32, Sendable, CaseIterable {
    case invalid = 0
    case float = 1
    case double = 2
    case int32 = 3
    case uint8 = 4
    case int16 = 5
    case int8 = 6
    case string = 7
    case complex64 = 8
    case int64 = 9
    case bool = 10
    case qint8 = 11
    case quint8 = 12
    case qint32 = 13
    case bfloat16 = 14
    case qint16 = 15
    case quint16 = 16
    case uint16 = 17
    case complex128 = 18
    case half = 19
    case resource = 20
    case variant = 21
    case uint32 = 22
    case uint64 = 23

    /// The name in TensorFlow's messages, for example `float` or `int32`.
    public var name: String {
        switch self {
        case .invalid: "INVALID"
        default: "\(self)"
        }
    }

    /// The name in protobuf's text form, for example `DT_FLOAT`.
    public var protoName: String { "DT_" + name.uppercased() }

    /// Bytes per element in a tensor's storage. Strings, resources and variants are stored as an `ElementReference`.
    @inlinable public var byteCount: Int {
        switch self {
        case .invalid: 0
        case .uint8, .int8, .bool, .qint8, .quint8: 1
        case .int16, .uint16, .half, .bfloat16, .qint16, .quint16: 2
        case .float, .int32, .uint32, .qint32: 4
        case .double, .int64, .uint64, .complex64: 8
        case .complex128, .string, .resource, .variant: 16
        }
    }

    /// True for types whose elements point to something outside the tensor's own bytes.
    @inlinable public var isReference: Bool { self == .string || self == .resource || self == .variant }

    public var isFloatingPoint: Bool { self == .float || self == .double || self == .half || self == .bfloat16 }

    public var isComplex: Bool { self == .complex64 || self == .complex128 }

    public var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }
}
