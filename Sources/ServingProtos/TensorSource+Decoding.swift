import ServingCore
import Tensors

extension TensorSource {
    /// The value as a tensor, in place if it has an owner and the elements lie as a tensor needs them.
    ///
    /// Throws RESOURCE_EXHAUSTED without memory for it.
    public func tensor() throws(Status) -> Tensor {
        if let tensor = inPlace { return tensor }
        return try filled(Tensor(allocating: dataType, shape: shape))
    }

    /// Fewer bytes are copied in less time than it takes to make a buffer that refers to them.
    private static let bytesWorthReferring = 4 << 10

    /// The value as a tensor, in memory from `allocate` if it is not used in place; where `allocate` has none, in fresh memory.
    ///
    /// Throws RESOURCE_EXHAUSTED without memory for it.
    public func tensor(_ allocate: (DataType, TensorShape) -> Tensor?) throws(Status) -> Tensor {
        if byteCount >= TensorSource.bytesWorthReferring, let tensor = inPlace { return tensor }
        return try filled(allocate(dataType, shape) ?? Tensor(allocating: dataType, shape: shape))
    }

    /// Writes the elements into `tensor`, which is new; nil: there was no memory for it.
    private func filled(_ tensor: Tensor?) throws(Status) -> Tensor {
        guard let tensor else {
            throw .resourceExhausted("no \(byteCount) bytes of memory are left for a tensor of shape \(shape)")
        }
        let all = 0..<shape.elementCount
        if dataType == .string, owner == nil {
            try copyStrings(to: tensor)
        } else {
            write(elements: all, to: tensor.buffer.base, of: tensor.buffer)
        }
        return tensor
    }

    /// Writes the elements of `rows`, positions along the first dimension, to `target`, which has room for them. The rank must be
    /// at least 1.
    ///
    /// Strings stay where they are, so they need an owner, which is attached to `buffer`: `target` belongs to that.
    public func write(_ rows: Range<Int>, to target: UnsafeMutableRawPointer, of buffer: TensorBuffer) {
        precondition(shape.rank > 0 && rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows beyond the tensor")
        let rowElements = shape.product(1..<shape.rank)
        write(elements: rows.lowerBound * rowElements..<rows.upperBound * rowElements, to: target, of: buffer)
    }

    // MARK: In place

    private var inPlace: Tensor? {
        switch contents {
        case .raw(let bytes): borrowed(bytes)
        case .booleanBytes(let bytes): bytes.allSatisfy { $0 <= 1 } ? borrowed(bytes) : nil
        default: nil
        }
    }

    /// `bytes` in place if there is an owner and they start where an element may start.
    private func borrowed(_ bytes: UnsafeRawBufferPointer) -> Tensor? {
        guard let owner, let base = bytes.baseAddress, bytes.count == byteCount else { return nil }
        let alignment = dataType.isComplex ? dataType.byteCount / 2 : dataType.byteCount
        guard Int(bitPattern: base) % alignment == 0 else { return nil }
        let buffer = TensorBuffer(borrowing: base, byteCount: bytes.count, owner: owner)
        return Tensor(dataType: dataType, shape: shape, buffer: buffer)
    }

    // MARK: Writing

    private func write(elements range: Range<Int>, to target: UnsafeMutableRawPointer, of buffer: TensorBuffer) {
        guard !range.isEmpty else { return }
        let size = dataType.byteCount
        switch contents {
        case .zeros: target.initializeMemory(as: UInt8.self, repeating: 0, count: range.count * size)
        case .raw(let bytes):
            let part = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound * size..<range.upperBound * size])
            target.copyMemory(from: part.baseAddress!, byteCount: part.count)
        case .booleanBytes(let bytes):
            convert(bytes.assumingMemoryBound(to: UInt8.self), range, target) { $0 == 0 ? 0 as UInt8 : 1 }
        case .first(let bytes): copy(first: bytes, range, target)
        case .integers(let values) where size == 1: convert(values, range, target) { UInt8(truncatingIfNeeded: $0) }
        case .integers(let values): convert(values, range, target) { UInt16(truncatingIfNeeded: $0) }
        case .booleans(let values): convert(values, range, target) { $0 == 0 ? 0 as UInt8 : 1 }
        case .strings, .stringContent: refer(to: range, target, of: buffer)
        }
    }

    /// Converted elements of `range`; behind the last of `values` that one is repeated.
    private func convert<Value, Element: BitwiseCopyable>(
        _ values: UnsafeBufferPointer<Value>, _ range: Range<Int>, _ target: UnsafeMutableRawPointer,
        _ body: (Value) -> Element
    ) {
        let elements = UnsafeMutableBufferPointer(
            start: target.assumingMemoryBound(to: Element.self), count: range.count)
        let given = max(0, min(values.count, range.upperBound) - range.lowerBound)
        for index in 0..<given { elements[index] = body(values[range.lowerBound + index]) }
        if given < elements.count { elements[given...].update(repeating: body(values[values.count - 1])) }
    }

    private func copy(first bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ target: UnsafeMutableRawPointer) {
        let size = dataType.byteCount
        let start = min(range.lowerBound * size, bytes.count)
        let given = min(range.upperBound * size, bytes.count) - start
        if given > 0 { target.copyMemory(from: bytes.baseAddress! + start, byteCount: given) }
        let last = bytes.baseAddress! + bytes.count - size
        let (rest, count) = (target + given, range.count - given / size)
        switch size {
        case 4: fill(rest, count, last.loadUnaligned(as: UInt32.self))
        case 8: fill(rest, count, last.loadUnaligned(as: UInt64.self))
        default: fill(rest, count, last.loadUnaligned(as: Complex<Double>.self))
        }
    }

    private func fill<Element: BitwiseCopyable>(_ target: UnsafeMutableRawPointer, _ count: Int, _ value: Element) {
        UnsafeMutableBufferPointer(start: target.assumingMemoryBound(to: Element.self), count: count)
            .update(repeating: value)
    }

    // MARK: Strings

    /// Elements that show the strings where they are.
    private func refer(to range: Range<Int>, _ target: UnsafeMutableRawPointer, of buffer: TensorBuffer) {
        guard let owner else { preconditionFailure("strings without an owner can't be shown") }
        buffer.attach(owner)
        let elements = target.assumingMemoryBound(to: ElementReference.self)
        var index = 0
        forEachString(in: range) { bytes in
            elements[index] = ElementReference(pointer: bytes.isEmpty ? nil : bytes.baseAddress, count: bytes.count)
            index += 1
        }
        repeatLast(of: elements, from: index, count: range.count)
    }

    /// Copies of all strings; those that are repeated share theirs.
    private func copyStrings(to tensor: Tensor) throws(Status) {
        guard let heap = StringHeap(capacity: stringBytes) else {
            throw .resourceExhausted("no \(stringBytes) bytes of memory are left for strings")
        }
        tensor.buffer.attach(heap)
        let elements = tensor.pointer(ElementReference.self)
        var index = 0
        forEachString(in: 0..<tensor.elementCount) { bytes in
            elements[index] = heap.append(bytes)
            index += 1
        }
        repeatLast(of: elements, from: index, count: tensor.elementCount)
    }

    /// Calls `body` with each string in `range`; if all of them are repetitions of the last, with that one.
    private func forEachString(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        switch contents {
        case .strings(let values):
            let start = min(range.lowerBound, values.count - 1)
            for index in start..<max(start + 1, min(range.upperBound, values.count)) { body(values[index].bytes) }
        case .stringContent(let content): content.forEach(in: range, body)
        default: break
        }
    }

    private func repeatLast(of elements: UnsafeMutablePointer<ElementReference>, from index: Int, count: Int) {
        guard index > 0 else { return }
        for position in index..<max(index, count) { elements[position] = elements[index - 1] }
    }

    /// Bytes of all strings, those that are repeated counted once.
    var stringBytes: Int {
        switch contents {
        case .strings(let values): values.reduce(0) { $0 + $1.len }
        case .stringContent(let content): content.byteCount
        default: 0
        }
    }
}
