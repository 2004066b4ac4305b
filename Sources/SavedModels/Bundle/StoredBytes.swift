import Records
import ServingCore
import Tensors

/// The bytes of one tensor in a data file of a checkpoint.
struct StoredBytes {
    let bytes: UnsafeRawBufferPointer
    /// What keeps `bytes` alive.
    let file: MappedFile
    /// The tensor's name, for errors.
    let name: String

    /// Throws DATA_LOSS unless the bytes have the checksum that `masked` stands for; `MappedFile.init` tells what else.
    func verify(_ masked: UInt32) throws(Status) {
        var checksum: UInt32 = 0
        try file.inspect(bytes) { checksum = CRC32C.extend(checksum, $0) }
        try compare(masked, checksum)
    }

    private func compare(_ masked: UInt32, _ calculated: UInt32) throws(Status) {
        guard CRC32C.unmask(masked) == calculated else {
            throw .dataLoss(
                "\(file.path): \(name) (\(bytes.count) bytes): Checksum does not match: "
                    + "stored \(CRC32C.unmask(masked)) vs. calculated on the restored bytes \(calculated)")
        }
    }

    /// The bytes as elements of `type`, which is no reference type; `shape` takes exactly these bytes. Whoever reads the elements
    /// more than once brings their buffer back into memory before.
    func tensor(_ type: DataType, _ shape: TensorShape) throws(Status) -> Tensor {
        guard let base = bytes.baseAddress, shouldCopy || mustCopy(type, base) else {
            let empty = UnsafeRawPointer(bitPattern: TensorBuffer.alignment)!
            let buffer = TensorBuffer(borrowing: bytes.baseAddress ?? empty, byteCount: bytes.count, owner: file)
            return Tensor(dataType: type, shape: shape, buffer: buffer)
        }
        guard let tensor = Tensor(allocating: type, shape: shape) else {
            throw .resourceExhausted("no memory for the \(bytes.count) bytes of \(name)")
        }
        guard file.bringBack(bytes) else { throw .unavailable("\(file.path): \(name) can't be read") }
        tensor.buffer.base.copyMemory(from: base, byteCount: bytes.count)
        if type == .bool {
            for element in tensor.elements(UInt8.self).indices where tensor.elements(UInt8.self)[element] > 1 {
                tensor.elements(UInt8.self)[element] = 1
            }
        }
        return tensor
    }

    /// True if the bytes are so few that a copy takes less memory than the pages that the system maps around them.
    private var shouldCopy: Bool { bytes.count < StoredBytes.fewestMapped && file.isMapped }

    private static let fewestMapped = 32 << 10

    /// True if the bytes can't be shown in place: typed access to misaligned elements is undefined in Swift, and so is a
    /// bool that is neither 0 nor 1.
    private func mustCopy(_ type: DataType, _ base: UnsafeRawPointer) -> Bool {
        if type == .bool { return bytes.contains { $0 > 1 } }
        return Int(bitPattern: base) % min(type.byteCount, 8) != 0
    }

    /// The strings in the layout that checkpoints have: the lengths as varints, a masked checksum of the lengths (as 32-bit
    /// numbers, or 64-bit ones where they don't fit), and the bytes. Elements point into the file.
    func strings(_ shape: TensorShape, _ maskedChecksum: UInt32) throws(Status) -> Tensor {
        let count = shape.elementCount
        guard count <= bytes.count else {
            throw .dataLoss(
                "Invalid size in bundle entry: key \(name); stored size \(bytes.count); "
                    + "expected size is at least \(count)")
        }
        guard let tensor = Tensor(allocating: .string, shape: shape) else {
            throw .resourceExhausted("no memory for the \(count) strings of \(name)")
        }
        guard !bytes.isEmpty else { return tensor }
        guard file.bringBack(bytes) else { throw .unavailable("\(file.path): \(name) can't be read") }
        tensor.buffer.attach(file)
        let elements = tensor.elements(ElementReference.self)
        var cursor = ByteCursor(bytes)
        var checksum = try readLengths(&cursor, elements)
        for index in elements.indices {
            guard let string = cursor.take(elements[index].count) else { throw malformedStrings }
            elements[index].pointer = string.baseAddress
            checksum = CRC32C.extend(checksum, string)
        }
        guard cursor.isAtEnd else { throw malformedStrings }
        try compare(maskedChecksum, checksum)
        return tensor
    }

    private var malformedStrings: Status {
        .dataLoss("\(file.path): \(name): String lengths do not fit the \(bytes.count) stored bytes")
    }

    /// Sets the counts of `elements`, and returns the checksum of everything up to the first string.
    private func readLengths(
        _ cursor: inout ByteCursor, _ elements: UnsafeMutableBufferPointer<ElementReference>
    ) throws(Status) -> UInt32 {
        var checksum: UInt32 = 0
        for index in elements.indices {
            guard let length = cursor.count() else { throw malformedStrings }
            elements[index].count = length
            let narrow = UInt32(exactly: length)
            checksum = withUnsafeBytes(of: UInt64(length).littleEndian) { number in
                CRC32C.extend(checksum, UnsafeRawBufferPointer(rebasing: number[..<(narrow == nil ? 8 : 4)]))
            }
        }
        guard let stored = cursor.take(4) else { throw malformedStrings }
        let expected = CRC32C.unmask(stored.loadUnaligned(as: UInt32.self).littleEndian)
        guard expected == checksum else {
            throw .dataLoss(
                "\(file.path): \(name): The length checksum does not match: expected \(expected) but actual is \(checksum)"
            )
        }
        return CRC32C.extend(checksum, stored)
    }
}
