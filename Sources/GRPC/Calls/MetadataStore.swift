/// The metadata of a call in one piece of memory that is used again for the next call.
struct MetadataStore {
    private var bytes: [UInt8] = []
    private var fields: [(name: Range<Int>, value: Range<Int>)] = []

    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        fields.append((start..<start + name.count, start + name.count..<bytes.count))
    }

    /// The value of the first field called `name`.
    func value(of name: String) -> String? {
        // Few fields have the same length, so that a look-up in vain hardly costs anything.
        for field in fields where field.name.count == name.utf8.count && bytes[field.name].elementsEqual(name.utf8) {
            return String(decoding: bytes[field.value], as: UTF8.self)
        }
        return nil
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 4096)
        fields.removeAll(keepingCapacity: true)
    }
}
