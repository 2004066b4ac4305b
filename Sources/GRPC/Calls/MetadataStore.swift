import Glibc
import Transports

/// The metadata of a call in one piece of memory that is used again for the next call.
struct MetadataStore {
    private struct Field {
        let start: Int
        let nameCount: Int
        let valueCount: Int
    }

    private let bytes = ByteBuffer()
    private var fields: [Field] = []

    private static let keptBytes = 4096

    /// Without memory for it, the field is left out.
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let field = Field(start: bytes.count, nameCount: name.count, valueCount: value.count)
        guard bytes.append(name), bytes.append(value) else { return }
        fields.append(field)
    }

    /// The value of the first field called `name`.
    func value(of name: String) -> String? {
        // Few fields have the same length, so that a look-up in vain hardly costs anything.
        let count = name.utf8.count
        for field in fields where field.nameCount == count {
            let start = bytes.bytes.baseAddress.map { $0 + field.start }
            var name = name
            guard let start, name.withUTF8({ count == 0 || memcmp($0.baseAddress!, start, count) == 0 }) else {
                continue
            }
            return String(
                decoding: UnsafeRawBufferPointer(start: start + count, count: field.valueCount), as: UTF8.self)
        }
        return nil
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacityUpTo: MetadataStore.keptBytes)
        fields.removeAll(keepingCapacity: true)
    }
}
