import CNghttp2

/// One field of a header block.
package struct HeaderField {
    package let name: String
    package let value: String
    /// False for values that seldom repeat: they would only push useful ones out of the compression table.
    package let isIndexed: Bool

    /// - Parameter name: in lower case.
    package init(_ name: String, _ value: String, isIndexed: Bool = true) {
        self.name = name
        self.value = value
        self.isIndexed = isIndexed
    }
}

/// Header fields in the form in which nghttp2 takes them, made once and sent as often as wanted.
package final class HeaderBlock: @unchecked Sendable {  // never changes after init
    let count: Int
    let fields: UnsafeMutableBufferPointer<nghttp2_nv>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    package init(_ list: [HeaderField]) {
        let total = list.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        bytes = .allocate(capacity: max(total, 1))
        fields = .allocate(capacity: max(list.count, 1))
        count = list.count
        var used = 0
        for (index, field) in list.enumerated() {
            let name = bytes.baseAddress! + used
            for byte in field.name.utf8 { append(byte, &used) }
            let value = bytes.baseAddress! + used
            for byte in field.value.utf8 { append(byte, &used) }
            var flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
            if !field.isIndexed { flags |= NGHTTP2_NV_FLAG_NO_INDEX.rawValue }
            fields.initializeElement(
                at: index,
                to: nghttp2_nv(
                    name: name, value: value, namelen: field.name.utf8.count, valuelen: field.value.utf8.count,
                    flags: UInt8(flags)))
        }
    }

    private func append(_ byte: UInt8, _ used: inout Int) {
        bytes[used] = byte
        used += 1
    }

    deinit {
        fields.deallocate()
        bytes.deallocate()
    }
}
