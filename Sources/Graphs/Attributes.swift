import ServingCore
import Tensors

/// The value of a node's attribute.
public enum Attribute: Sendable {
    case int(Int)
    case float(Float)
    case bool(Bool)
    case string([UInt8])
    case type(DataType)
    case shape(PartialShape)
    case tensor(Tensor)
    case function(FunctionReference)
    case ints([Int])
    case floats([Float])
    case bools([Bool])
    case strings([[UInt8]])
    case types([DataType])
    case shapes([PartialShape])
    case functions([FunctionReference])
    /// A list without elements, whose kind the file does not tell.
    case emptyList
    /// In a function's body: the name of the function's attribute that stands here.
    case placeholder(String)
}

/// A function's name and the attributes that it is instantiated with.
public struct FunctionReference: Sendable {
    public var name: String
    public var attributes: [String: Attribute]

    public init(name: String, attributes: [String: Attribute] = [:]) {
        self.name = name
        self.attributes = attributes
    }
}

/// A node's attributes by name.
///
/// Files leave out attributes that have their default value, so every read names the default; a read without one throws
/// if the attribute is absent. A value of another kind always throws.
public struct Attributes: Sendable {
    public var values: [String: Attribute]

    public init(_ values: [String: Attribute] = [:]) { self.values = values }

    public subscript(name: String) -> Attribute? {
        get { values[name] }
        set { values[name] = newValue }
    }

    private func value<T>(
        _ name: String, _ kind: String, _ defaultValue: T?, _ match: (Attribute) -> T?
    ) throws(Status) -> T {
        guard let attribute = values[name] else {
            if let defaultValue { return defaultValue }
            throw .invalidArgument("attribute '\(name)' (\(kind)) is missing")
        }
        guard let value = match(attribute) else {
            throw .invalidArgument("attribute '\(name)' is not of kind \(kind)")
        }
        return value
    }

    public func int(_ name: String, default defaultValue: Int? = nil) throws(Status) -> Int {
        try value(name, "int", defaultValue) { if case .int(let value) = $0 { value } else { nil } }
    }

    public func float(_ name: String, default defaultValue: Float? = nil) throws(Status) -> Float {
        try value(name, "float", defaultValue) { if case .float(let value) = $0 { value } else { nil } }
    }

    public func bool(_ name: String, default defaultValue: Bool? = nil) throws(Status) -> Bool {
        try value(name, "bool", defaultValue) { if case .bool(let value) = $0 { value } else { nil } }
    }

    public func string(_ name: String, default defaultValue: String? = nil) throws(Status) -> String {
        try value(name, "string", defaultValue) {
            if case .string(let value) = $0 { String(decoding: value, as: UTF8.self) } else { nil }
        }
    }

    public func bytes(_ name: String, default defaultValue: [UInt8]? = nil) throws(Status) -> [UInt8] {
        try value(name, "string", defaultValue) { if case .string(let value) = $0 { value } else { nil } }
    }

    public func type(_ name: String, default defaultValue: DataType? = nil) throws(Status) -> DataType {
        try value(name, "type", defaultValue) { if case .type(let value) = $0 { value } else { nil } }
    }

    public func shape(_ name: String, default defaultValue: PartialShape? = nil) throws(Status) -> PartialShape {
        try value(name, "shape", defaultValue) { if case .shape(let value) = $0 { value } else { nil } }
    }

    public func tensor(_ name: String) throws(Status) -> Tensor {
        try value(name, "tensor", nil) { if case .tensor(let value) = $0 { value } else { nil } }
    }

    public func function(_ name: String) throws(Status) -> FunctionReference {
        try value(name, "func", nil) { if case .function(let value) = $0 { value } else { nil } }
    }

    public func ints(_ name: String, default defaultValue: [Int]? = nil) throws(Status) -> [Int] {
        try value(name, "list(int)", defaultValue) {
            switch $0 {
            case .ints(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }

    public func floats(_ name: String, default defaultValue: [Float]? = nil) throws(Status) -> [Float] {
        try value(name, "list(float)", defaultValue) {
            switch $0 {
            case .floats(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }

    public func strings(_ name: String, default defaultValue: [[UInt8]]? = nil) throws(Status) -> [[UInt8]] {
        try value(name, "list(string)", defaultValue) {
            switch $0 {
            case .strings(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }

    public func types(_ name: String, default defaultValue: [DataType]? = nil) throws(Status) -> [DataType] {
        try value(name, "list(type)", defaultValue) {
            switch $0 {
            case .types(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }

    public func shapes(_ name: String, default defaultValue: [PartialShape]? = nil) throws(Status) -> [PartialShape] {
        try value(name, "list(shape)", defaultValue) {
            switch $0 {
            case .shapes(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }

    public func functions(_ name: String, default defaultValue: [FunctionReference]? = nil) throws(Status)
        -> [FunctionReference]
    {
        try value(name, "list(func)", defaultValue) {
            switch $0 {
            case .functions(let value): value
            case .emptyList: []
            default: nil
            }
        }
    }
}
