import ServingProtos

/// A `tensorflow.serving.Input` on the wire, read as protobuf merges it: it may come in several pieces, and so may the list
/// in it; of the two kinds of list the last that is set counts, together with the pieces of the same kind just before it.
struct ExampleInput {
    private enum Kind: Int {
        case list = 1
        case listWithContext = 2
    }

    private static let contextField = 2

    private var kind: Kind?
    /// The pieces of the list that hold examples.
    private(set) var lists: [UnsafeRawBufferPointer] = []
    /// The pieces of the context that hold something.
    private(set) var contexts: [UnsafeRawBufferPointer] = []
    /// Examples in all lists.
    private(set) var count = 0

    /// Adds one piece of the input; the list in it are kept in place.
    /// - Parameter position: where it stands in the request.
    mutating func add(_ piece: UnsafeRawBufferPointer, at position: Int) throws(WireFields.Fault) {
        var fields = WireFields(piece, origin: position, depth: 1)
        while let field = try fields.next() {
            guard let list = field.content, let kind = Kind(rawValue: field.number) else { continue }
            if kind != self.kind { self = ExampleInput(kind: kind) }
            try add(list: list, kind, at: field.contentPosition)
        }
    }

    private init(kind: Kind) { self.kind = kind }

    init() {}

    private mutating func add(
        list: UnsafeRawBufferPointer, _ kind: Kind, at position: Int
    ) throws(WireFields.Fault) {
        let before = count
        var fields = WireFields(list, origin: position, depth: 2)
        while let field = try fields.next() {
            guard let content = field.content else { continue }
            switch field.number {
            case ExampleList.exampleField: count += 1
            case ExampleInput.contextField where kind == .listWithContext && !content.isEmpty:
                contexts.append(content)
            default: break
            }
        }
        if count > before { lists.append(list) }
    }
}
