import Execution
import ServingCore
import Tensors

/// A string output that is filled element by element, with memory for its bytes that counts towards the run's limit.
struct StringOutput: ~Copyable {
    private let elements: UnsafeMutableBufferPointer<ElementReference>
    private let heap: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var used = 0
    private var count = 0

    /// - Parameter byteCount: the bytes of all elements together; `Int.max` if their number overflows.
    init(_ context: borrowing KernelContext, _ output: Int, _ shape: TensorShape, byteCount: Int) throws(Status) {
        let bytes = try context.allocateTemporary(.uint8, [byteCount])
        let tensor = try context.allocateOutput(output, .string, shape)
        tensor.buffer.attach(bytes.buffer)
        elements = tensor.elements(ElementReference.self)
        heap = bytes.pointer(UInt8.self)
        capacity = byteCount
    }

    /// Adds `bytes` to the element that is being filled.
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= capacity - used, "more bytes than announced")
        guard let source = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(heap + used).copyMemory(from: source, byteCount: bytes.count)
        used += bytes.count
    }

    /// Ends the element that is being filled; `start` is what `position` was when it began.
    mutating func endElement(from start: Int) {
        elements[count] = ElementReference(pointer: UnsafeRawPointer(heap + start), count: used - start)
        count += 1
    }

    /// The bytes written so far.
    var position: Int { used }

    /// Adds an element of `bytes`.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let start = used
        write(bytes)
        endElement(from: start)
    }
}

extension KernelContext {
    /// Gives output `output` an element for each of `texts`.
    func setStrings(_ output: Int, _ shape: TensorShape, _ texts: [[UInt8]]) throws(Status) {
        var strings = try StringOutput(self, output, shape, byteCount: texts.reduce(0) { $0 + $1.count })
        for text in texts { text.withUnsafeBytes { strings.append($0) } }
    }
}
