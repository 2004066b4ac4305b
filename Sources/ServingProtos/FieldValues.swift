import CProtobufC

// How Swift reads the members of protobuf-c's structs.

extension ProtobufCBinaryData {
    /// The bytes in place; valid as long as the message.
    @inlinable public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: len == 0 ? nil : data, count: len)
    }

    /// A copy of the bytes.
    public var array: [UInt8] { Array(bytes) }
}

extension String {
    /// The text of a `string` field; empty for a pointer that was never set.
    @inlinable public init(proto text: UnsafeMutablePointer<CChar>?) {
        self = text.map { String(cString: $0) } ?? ""
    }

    /// The bytes of a `bytes` field as text; invalid UTF-8 is repaired.
    public init(proto data: ProtobufCBinaryData) { self = String(decoding: data.bytes, as: UTF8.self) }
}

/// The elements of a repeated field, in place; valid as long as the message.
public enum Repeated {
    /// The numbers, booleans, enums or byte strings of a repeated field.
    @inlinable public static func values<Element>(
        _ elements: UnsafeMutablePointer<Element>?, _ count: Int
    ) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(start: count == 0 ? nil : UnsafePointer(elements), count: elements == nil ? 0 : count)
    }

    /// The messages of a repeated field (also the entries of a map).
    @inlinable public static func messages<Element>(
        _ elements: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?, _ count: Int
    ) -> [UnsafePointer<Element>] {
        values(elements, count).compactMap { $0.map { UnsafePointer($0) } }
    }

    /// The texts of a repeated `string` field.
    public static func strings(_ elements: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int)
        -> [String]
    {
        values(elements, count).map { String(proto: $0) }
    }
}
