import Batching
import ServingCore
import ServingProtos
import Tensors

/// The examples of a request in the binary form that the graph's own parser reads, where they came in; what they hold is
/// for the graph to judge.
///
/// As a tensor they are a vector of strings that point into the request. If there is a context, its bytes stand before each
/// example, and so entries of the example replace those of the context: then the strings are copies.
struct ExampleList: @unchecked Sendable {  // the bytes are never written while the owner lives
    /// How many there are.
    let count: Int
    /// Encoded messages whose fields 1 are the examples.
    private let lists: [UnsafeRawBufferPointer]
    /// The context; several pieces are one message, as protobuf merges them.
    private let contexts: [UnsafeRawBufferPointer]
    private let contextByteCount: Int
    /// Keeps the bytes valid.
    private let owner: AnyObject & Sendable

    static let exampleField = 1

    /// Bytes that a context may take in all copies: every example gets its own.
    private static let contextLimit = 256 << 20

    /// - Parameters:
    ///   - lists: well-formed messages that have `count` fields with examples.
    ///   - owner: keeps the bytes of all valid.
    /// Throws INVALID_ARGUMENT if there are no examples, RESOURCE_EXHAUSTED if the copies of the context would take too much
    /// memory.
    init(
        lists: [UnsafeRawBufferPointer], contexts: [UnsafeRawBufferPointer], count: Int, owner: AnyObject & Sendable
    ) throws(Status) {
        guard count > 0 else { throw .invalidArgument("Input is empty.") }
        contextByteCount = contexts.reduce(0) { $0 + $1.count }
        let (copied, overflow) = contextByteCount.multipliedReportingOverflow(by: count)
        guard !overflow, copied <= ExampleList.contextLimit else {
            throw .resourceExhausted(
                "A context of \(contextByteCount) bytes for each of \(count) examples takes more than "
                    + "\(ExampleList.contextLimit) bytes")
        }
        self.lists = lists
        self.contexts = contextByteCount == 0 ? [] : contexts
        self.count = count
        self.owner = owner
    }

    /// Bytes of all copies of the context, which are made when the examples are computed.
    var copiedByteCount: Int { contextByteCount * count }

    /// Calls `body` with the bytes of each example of `rows`, in order.
    private func forEach(in rows: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        var row = 0
        for list in lists {
            var fields = WireFields(list)
            // The lists are known to be well-formed.
            while row < rows.upperBound, let field = try? fields.next() {
                guard field.number == ExampleList.exampleField, let example = field.content else { continue }
                if row >= rows.lowerBound { body(example) }
                row += 1
            }
        }
    }
}

extension ExampleList: BatchInput {
    var dataType: DataType { .string }
    var shape: TensorShape { [count] }

    func tensor() throws(Status) -> Tensor {
        guard let tensor = Tensor(allocating: .string, shape: shape) else { throw noMemory(for: 0..<count) }
        try write(0..<count, to: tensor.buffer.base, of: tensor.buffer)
        return tensor
    }

    func write(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, of buffer: TensorBuffer) throws(Status) {
        let elements = target.assumingMemoryBound(to: ElementReference.self)
        var next = 0
        guard contexts.isEmpty else {
            let heap = try heapWithContexts(for: rows)
            buffer.attach(heap)
            forEach(in: rows) { example in
                let start = heap.append(contexts[0]).pointer
                for context in contexts.dropFirst() { _ = heap.append(context) }
                _ = heap.append(example)
                elements[next] = ElementReference(pointer: start, count: contextByteCount + example.count)
                next += 1
            }
            return
        }
        buffer.attach(owner)
        forEach(in: rows) { example in
            elements[next] = ElementReference(pointer: example.baseAddress, count: example.count)
            next += 1
        }
    }

    /// Room for the examples of `rows`, each with the context.
    private func heapWithContexts(for rows: Range<Int>) throws(Status) -> StringHeap {
        var size = contextByteCount * rows.count
        forEach(in: rows) { size += $0.count }
        guard let heap = StringHeap(capacity: size) else { throw noMemory(for: rows) }
        return heap
    }

    private func noMemory(for rows: Range<Int>) -> Status {
        .resourceExhausted("There is no memory for \(rows.count) examples with a context of \(contextByteCount) bytes")
    }
}
