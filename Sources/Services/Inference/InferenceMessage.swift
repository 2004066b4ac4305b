import Models
import ServingCore
import ServingProtos
import Tensors

/// A Classify, Regress or MultiInference request as it came: what it asks for is unpacked, its examples are left where they
/// stand.
struct InferenceMessage<Request: InferenceRequest>: @unchecked Sendable {  // the bytes are never written
    /// The request without its examples.
    let head: Message<Request>
    private let input: ExampleInput
    private let owner: AnyObject & Sendable

    /// Reads a request. Throws INTERNAL if `bytes` are malformed, with field and position, and RESOURCE_EXHAUSTED if they are
    /// too many.
    /// - Parameter owner: keeps `bytes` valid.
    init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject & Sendable) throws(Status) {
        var input = ExampleInput()
        var headBytes = HeadBytes(isRepeated: Request.headIsRepeated)
        do throws(WireFields.Fault) {
            var fields = WireFields(bytes)
            while let field = try fields.next() {
                guard let content = field.content else { continue }
                if field.number == HeadBytes.field { headBytes.add(field, content, of: bytes) }
                if field.number == Self.inputField { try input.add(content, at: field.contentPosition) }
            }
        } catch {
            throw .internalError(
                "malformed \(Request.descriptor.fullName) at byte \(error.position): \(error.what)")
        }
        self.input = input
        self.owner = owner
        head = try headBytes.unpack(bytes)
    }

    private static var inputField: Int { 2 }

    /// Reads a copy of `bytes`; see above.
    init(copying bytes: [UInt8]) throws(Status) {
        guard let heap = StringHeap(capacity: bytes.count) else {
            throw .resourceExhausted("There is no memory for a request of \(bytes.count) bytes")
        }
        try self.init(bytes.withUnsafeBytes { heap.append($0) }.bytes, owner: heap)
    }

    /// What is run on `model`.
    func inferences(on model: Model, checksMethodNames: Bool) throws(Status) -> [Inference] {
        try head.read { (request) throws(Status) in
            try request.pointee.inferences(on: model, checksMethodNames: checksMethodNames)
        }
    }

    var exampleCount: Int { input.count }

    /// The examples. Throws INVALID_ARGUMENT if there are none, RESOURCE_EXHAUSTED if they take too much memory.
    func examples() throws(Status) -> ExampleList {
        try ExampleList(lists: input.lists, contexts: input.contexts, count: input.count, owner: owner)
    }
}

/// The part of a request that says what is asked for: a ModelSpec or tasks. Read in place as long as it stands together at
/// the beginning, as it does in nearly all requests.
private struct HeadBytes: ~Copyable {
    static let field = 1

    private let isRepeated: Bool
    /// Where the part ends that is read in place.
    private var end = 0
    /// What is not read in place: whole fields of repeated messages, or the contents of one that is given several times.
    private var copy = WireWriter()

    init(isRepeated: Bool) { self.isRepeated = isRepeated }

    mutating func add(_ field: WireFields.Field, _ content: UnsafeRawBufferPointer, of bytes: UnsafeRawBufferPointer) {
        if copy.count == 0, field.range.lowerBound == end, isRepeated || end == 0 {
            end = field.range.upperBound
            return
        }
        if isRepeated { return copy.append(raw: UnsafeRawBufferPointer(rebasing: bytes[field.range])) }
        // Protobuf merges a message that is given twice: the bytes of both, one behind the other, are that message.
        copy.append(field: HeadBytes.field, message: content)
    }

    func unpack<Request: InferenceRequest>(_ bytes: UnsafeRawBufferPointer) throws(Status) -> Message<Request> {
        let start = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        guard copy.count > 0 else { return try Message(unpacking: start, failure: .internalError) }
        var whole = WireWriter()
        whole.append(raw: start)
        copy.bytes.withUnsafeBytes { whole.append(raw: $0) }
        guard !isRepeated else { return try Message(unpacking: whole.bytes, failure: .internalError) }
        return try Message(unpacking: HeadBytes.merged(whole.bytes), failure: .internalError)
    }

    /// One field with the contents of all the fields in `fields`, which are well-formed.
    private static func merged(_ fields: [UInt8]) -> [UInt8] {
        var content = WireWriter()
        fields.withUnsafeBytes { bytes in
            var reader = WireFields(bytes)
            while let field = try? reader.next() {
                if let piece = field.content { content.append(raw: piece) }
            }
        }
        var message = WireWriter()
        message.append(field: field, message: content.bytes)
        return message.bytes
    }
}
