import Glibc

/// A `PredictRequest` as nearly all clients write it, read in place: a ModelSpec, inputs with a key and a value each, and
/// perhaps an output filter, each in the shortest form.
///
/// Whatever else a message holds makes it not plain, even where it means the same; it is to be unpacked then. A plain request
/// whose ModelSpec and filter are known to be well-formed, and whose values can be read as `TensorSource(plain:…)`, means the
/// same as the unpacked message.
public struct PlainPredictRequest: ~Copyable {
    /// A request with more inputs is not plain.
    public static let maximumInputs = 16

    /// One input: its name, and an encoded `TensorProto`.
    public struct Input {
        public let key: UnsafeRawBufferPointer
        public let value: UnsafeRawBufferPointer
    }

    /// The encoded `ModelSpec`.
    public private(set) var modelSpec = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The encoded fields of the output filter, tags included; empty if there are none.
    public private(set) var outputFilter = UnsafeRawBufferPointer(start: nil, count: 0)
    public private(set) var inputCount = 0
    private var inputs = InlineArray<16, Input>(
        repeating: Input(
            key: UnsafeRawBufferPointer(start: nil, count: 0), value: UnsafeRawBufferPointer(start: nil, count: 0)))

    /// Reads `bytes`, which must stay where they are while this value is used; nil if they are not plain.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= WireLimits.request.byteCount, var fields = PlainFields(bytes) else { return nil }
        var hasSpec = false
        while !fields.isAtEnd {
            let start = fields.position
            guard let tag = fields.tag(), let content = fields.delimited() else { return nil }
            switch tag {
            case PlainTag.delimited(1) where !hasSpec:
                modelSpec = content
                hasSpec = true
            case PlainTag.delimited(2):
                guard addInput(content) else { return nil }
            case PlainTag.delimited(3):
                guard extendFilter(from: start, to: fields.position) else { return nil }
            default: return nil
            }
        }
        guard hasSpec else { return nil }
    }

    private mutating func addInput(_ entry: UnsafeRawBufferPointer) -> Bool {
        guard inputCount < PlainPredictRequest.maximumInputs, var fields = PlainFields(entry),
            fields.tag() == PlainTag.delimited(1), let key = fields.delimited(),
            fields.tag() == PlainTag.delimited(2), let value = fields.delimited(), fields.isAtEnd
        else { return false }
        inputs[inputCount] = Input(key: key, value: value)
        inputCount += 1
        return true
    }

    /// Only names that stand together are one piece.
    private mutating func extendFilter(from start: UnsafeRawPointer, to end: UnsafeRawPointer) -> Bool {
        let first = outputFilter.baseAddress ?? start
        guard first + outputFilter.count == start else { return false }
        outputFilter = UnsafeRawBufferPointer(start: first, count: end - first)
        return true
    }

    /// The value of the only input called `key`, given in UTF-8; nil if there is none, or if there are several.
    public func value(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        for index in 0..<inputCount where inputs[index].key.hasSameBytes(as: key) {
            guard found == nil else { return nil }
            found = inputs[index].value
        }
        return found
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are those of `other`.
    public func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let base = baseAddress, let otherBase = other.baseAddress else { return true }
        return memcmp(base, otherBase, count) == 0
    }
}
