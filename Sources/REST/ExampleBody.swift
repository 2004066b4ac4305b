import JSON
import ServingCore
import ServingProtos

/// The JSON of a Classify or Regress call: `examples`, and perhaps a `context` that all of them share.
struct ExampleBody {
    /// Empty means the default.
    let signatureName: String
    /// A `tensorflow.serving.Input`.
    let input: [UInt8]

    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts.
    /// - Parameter text: 64 bytes behind it can be read.
    init(_ text: UnsafeRawBufferPointer) throws(Status) {
        let document = try JSONDocument(request: text)
        defer { withExtendedLifetime(document) {} }
        let root = document.root
        signatureName = try document.signatureName
        let context = try root.first("context").map { (value) throws(Status) in try ExampleBody.example(value) }
        let examples = try ExampleBody.examples(root)
        var list = WireWriter()
        try examples.forEach { (value) throws(Status) in
            list.append(field: 1, message: try ExampleBody.example(value))
        }
        if let context { list.append(field: 2, message: context) }
        var input = WireWriter()
        input.append(field: context == nil ? 1 : 2, message: list.bytes)
        self.input = input.bytes
    }

    private static func examples(_ root: JSONElement) throws(Status) -> JSONElement {
        func fault(_ text: String) -> Status { .invalidArgument("JSON Value: \(root.shownText) \(text)") }
        guard let examples = root.first("examples") else {
            throw fault("When method is classify, key 'examples' is expected and was not found")
        }
        guard examples.isArray else { throw fault("Expecting 'examples' value to be an list/array") }
        guard examples.firstElement != nil else { throw fault("'examples' value is an empty array") }
        return examples
    }

    /// A `tensorflow.Example`.
    private static func example(_ value: JSONElement) throws(Status) -> [UInt8] {
        guard value.isObject else {
            throw .invalidArgument("Example must be JSON object but got JSON \(value.typeName)")
        }
        var features = WireWriter()
        try value.forEachMember { (name, content) throws(Status) in
            var feature = ExampleFeature(name.text)
            if content.isArray {
                try content.forEach { (element) throws(Status) in try feature.append(element) }
            } else {
                try feature.append(content)
            }
            var entry = WireWriter()
            entry.append(field: 1, message: name.bytes)
            entry.append(field: 2, message: feature.encoded)
            features.append(field: 1, message: entry.bytes)
        }
        var example = WireWriter()
        example.append(field: 1, message: features.bytes)
        return example.bytes
    }
}

/// A `tensorflow.Feature` from values of one kind.
private struct ExampleFeature: ~Copyable {
    /// Raw values are the numbers of the fields.
    private enum Kind: Int {
        case bytes = 1
        case float = 2
        case int64 = 3

        var name: String {
            switch self {
            case .bytes: "bytes"
            case .float: "float"
            case .int64: "int64"
            }
        }
    }

    private let name: String
    private var kind: Kind?
    /// Values in the form in which they stand in the list.
    private var values = WireWriter()

    init(_ name: String) { self.name = name }

    mutating func append(_ value: JSONElement) throws(Status) {
        switch value.kind {
        case .bool(let value): try append(integer: value ? 1 : 0)
        case .integer(let value): try append(integer: value)
        case .unsigned:
            try expect(.int64)
            throw .invalidArgument("Feature: \(name) has uint64_t element. Only int64_t is supported.")
        case .real(let value):
            try expect(.float)
            withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { values.append(raw: $0) }
        case .string:
            try expect(.bytes)
            values.append(field: 1, message: value.bytes)
        case .object:
            guard let text = value.base64Text else { throw unexpected(value) }
            try expect(.bytes)
            guard let bytes = Base64.decodeLeniently(text) else { throw .invalidArgument("Unable to base64 decode") }
            values.append(field: 1, message: bytes)
        case .null, .array: throw unexpected(value)
        }
    }

    private func unexpected(_ value: JSONElement) -> Status {
        .invalidArgument("Feature: \(name) has element with unexpected JSON type: \(value.typeName)")
    }

    private mutating func append(integer value: Int64) throws(Status) {
        try expect(.int64)
        values.append(varint: UInt64(bitPattern: value))
    }

    private mutating func expect(_ wanted: Kind) throws(Status) {
        if let kind, kind != wanted {
            throw .invalidArgument("Unexpected element type in feature: \(name) expecting type: \(kind.name)")
        }
        kind = wanted
    }

    /// Of no kind without values.
    var encoded: [UInt8] {
        guard let kind else { return [] }
        var feature = WireWriter()
        if kind == .bytes {
            feature.append(field: kind.rawValue, message: values.bytes)
        } else {
            // Numbers are packed.
            var list = WireWriter()
            list.append(field: 1, message: values.bytes)
            feature.append(field: kind.rawValue, message: list.bytes)
        }
        return feature.bytes
    }
}
