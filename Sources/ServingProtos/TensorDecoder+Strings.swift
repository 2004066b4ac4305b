import CProtobufC
import CServingProtos
import ServingCore
import Tensors

extension TensorDecoder {
    /// The strings of `string_val`; the last is repeated, which costs no memory but its element.
    func strings(_ values: UnsafeBufferPointer<ProtobufCBinaryData>) throws(Status) -> Tensor {
        let tensor = try allocate()
        let elements = tensor.elements(ElementReference.self)
        let given = min(values.count, elements.count)
        guard given > 0 else { return tensor }
        try fill(tensor, given) { values[$0].bytes }
        for index in given..<elements.count { elements[index] = elements[given - 1] }
        return tensor
    }

    /// All lengths as varints, then the bytes of all strings, and nothing behind them.
    func strings(content: UnsafeRawBufferPointer) throws(Status) -> Tensor {
        let count = shape.elementCount
        // Every string takes at least the byte of its length.
        guard count <= content.count else {
            throw .invalidArgument(
                "tensor_content has \(content.count) bytes, too few for the lengths of \(count) strings")
        }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(count)
        var at = 0
        var offset = 0
        for index in 0..<count {
            guard let length = readLength(content, &at), length <= content.count else {
                throw .invalidArgument("tensor_content: the length of string \(index) is malformed")
            }
            ranges.append(offset..<offset + length)
            offset += length
            guard offset <= content.count else {
                throw .invalidArgument("tensor_content: string \(index) reaches beyond the end")
            }
        }
        guard content.count - at == offset else {
            throw .invalidArgument(
                "tensor_content: \(content.count - at) bytes follow the lengths, which add up to \(offset)")
        }
        let tensor = try allocate()
        let start = at
        try fill(tensor, count) {
            UnsafeRawBufferPointer(rebasing: content[start + ranges[$0].lowerBound..<start + ranges[$0].upperBound])
        }
        return tensor
    }

    /// A varint of at most 32 bits.
    private func readLength(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> Int? {
        var value: UInt64 = 0
        for step in 0..<5 {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << UInt64(7 * step)
            if byte < 0x80 { return value <= UInt32.max ? Int(value) : nil }
        }
        return nil
    }

    /// Sets the first `count` elements to `string(index)`, in place if there is an owner.
    private func fill(_ tensor: Tensor, _ count: Int, _ string: (Int) -> UnsafeRawBufferPointer) throws(Status) {
        let elements = tensor.elements(ElementReference.self)
        if let owner {
            tensor.buffer.attach(owner)
            for index in 0..<count {
                let bytes = string(index)
                elements[index] = ElementReference(pointer: bytes.isEmpty ? nil : bytes.baseAddress, count: bytes.count)
            }
            return
        }
        var total = 0
        for index in 0..<count { total += string(index).count }
        guard total <= byteLimit - byteCount else {
            throw .resourceExhausted(
                "\(elements.count) strings with together \(total) bytes take more than the limit of \(byteLimit) bytes")
        }
        guard let heap = StringHeap(capacity: total) else {
            throw .resourceExhausted("no \(total) bytes of memory are left for strings")
        }
        tensor.buffer.attach(heap)
        for index in 0..<count { elements[index] = heap.append(string(index)) }
    }
}
