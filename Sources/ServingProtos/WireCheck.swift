import CProtobufC
import ServingCore

/// Walks over an encoded message before protobuf-c unpacks it, because protobuf-c limits neither depth nor memory and
/// merges a message that is given twice incorrectly.
///
/// Afterwards unpacking can fail only for lack of memory. Refused, with the field's path and the byte's position: tags,
/// numbers and lengths that are malformed or reach beyond their message; known fields of another wire type; groups;
/// text that is not UTF-8 or holds a zero byte, which a C string cannot; a singular message given twice.
struct WireCheck {
    /// Checks `bytes` as a message of `descriptor` and returns the bytes of memory that unpacking takes at most.
    ///
    /// Errors have the code `failure`, or RESOURCE_EXHAUSTED for size and memory.
    static func memory(
        of bytes: UnsafeRawBufferPointer, as descriptor: MessageDescriptor, limits: WireLimits, failure: StatusCode
    ) throws(Status) -> Int {
        guard bytes.count <= limits.byteCount else {
            throw .resourceExhausted(
                "\(descriptor.fullName) has \(bytes.count) bytes; the limit is \(limits.byteCount)")
        }
        var check = WireCheck(bytes: bytes, limits: limits)
        guard check.message(descriptor, from: 0, to: bytes.count, depth: 1) else {
            throw check.status(of: descriptor, failure: failure)
        }
        return check.memory
    }

    private let bytes: UnsafeRawBufferPointer
    private let limits: WireLimits
    private let memoryLimit: Int
    private var memory = 0
    private var fault = (position: 0, what: "", isLimit: false)
    /// Field names from the faulty field outwards.
    private var path: [String] = []

    private init(bytes: UnsafeRawBufferPointer, limits: WireLimits) {
        self.bytes = bytes
        self.limits = limits
        memoryLimit = limits.memory(for: bytes.count)
    }

    private func status(of descriptor: MessageDescriptor, failure: StatusCode) -> Status {
        let place = path.isEmpty ? "" : " in field '\(path.reversed().joined(separator: "."))'"
        if fault.isLimit { return .resourceExhausted("\(descriptor.fullName)\(place): \(fault.what)") }
        return Status(failure, "malformed \(descriptor.fullName) at byte \(fault.position)\(place): \(fault.what)")
    }

    private mutating func fail(_ position: Int, _ what: String) -> Bool {
        fault = (position, what, false)
        return false
    }

    /// Counts a piece of memory; false if the budget is used up.
    @inline(__always) private mutating func charge(_ size: Int) -> Bool {
        memory += size
        return memory <= memoryLimit || overBudget()
    }

    private mutating func overBudget() -> Bool {
        let what = "unpacking \(bytes.count) bytes would take more than the limit of \(memoryLimit) bytes of memory"
        fault = (0, what, true)
        return false
    }

    // MARK: Messages and fields

    /// Room for the record that protobuf-c keeps of a field while it unpacks; the first 16 are on its stack.
    private static let scannedField = 32
    private static let unknownField = MemoryLayout<ProtobufCMessageUnknownField>.stride

    private mutating func message(_ descriptor: MessageDescriptor, from start: Int, to end: Int, depth: Int) -> Bool {
        guard depth <= limits.depth else { return fail(start, "messages are nested deeper than \(limits.depth)") }
        guard charge(MessageArena.footprint(descriptor.pointee.sizeof_message)) else { return false }
        guard
            descriptor.pointee.n_fields <= 128
                || charge(MessageArena.footprint(Int(descriptor.pointee.n_fields) / 8 + 1))
        else { return false }
        var seen: UInt128 = 0
        var count = 0
        var slab = 16
        var hasUnknown = false
        var at = start
        while at < end {
            count += 1
            if count > slab {
                // protobuf-c doubles its list of field records each time.
                count = 1
                slab *= 2
                guard charge(MessageArena.footprint(slab * WireCheck.scannedField)) else { return false }
            }
            let tagPosition = at
            guard let tag = varint(&at, end, maximumLength: 5), tag <= UInt32.max, tag >> 3 != 0 else {
                return fail(tagPosition, "malformed field number")
            }
            let number = UInt32(tag >> 3)
            let wireType = UInt8(tag & 7)
            if let index = descriptor.fieldIndex(number: number) {
                let field = descriptor.field(at: index)
                let isFirst = index >= 128 || seen & (1 << UInt128(index)) == 0
                if index < 128 { seen |= 1 << UInt128(index) }
                guard known(field, wireType, &at, end, depth, isFirst) else {
                    path.append(field.name)
                    return false
                }
            } else {
                guard unknown(number, wireType, &at, end, isFirst: !hasUnknown) else { return false }
                hasUnknown = true
            }
        }
        return true
    }

    private mutating func unknown(_ number: UInt32, _ wireType: UInt8, _ at: inout Int, _ end: Int, isFirst: Bool)
        -> Bool
    {
        let start = at
        guard skip(wireType, &at, end, "field \(number)") else { return false }
        if isFirst { guard charge(128) else { return false } }
        return charge(WireCheck.unknownField + MessageArena.footprint(at - start))
    }

    private mutating func known(
        _ field: FieldDescriptor, _ wireType: UInt8, _ at: inout Int, _ end: Int, _ depth: Int, _ isFirst: Bool
    ) -> Bool {
        let expected = field.wireType
        let start = at
        guard wireType == expected || (wireType == 2 && field.isRepeated && expected != 2) else {
            return fail(start, "wire type \(wireType) where \(expected) was expected")
        }
        if field.isRepeated {
            // One array for all of them; the rounding is counted with the first.
            guard charge((isFirst ? 128 : 0) + field.elementSize) else { return false }
        }
        guard wireType == 2 else { return skip(wireType, &at, end, "the value") }
        guard let length = length(&at, end) else { return false }
        let contentEnd = at + length
        defer { at = contentEnd }
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_MESSAGE:
            guard isFirst || field.isRepeated else {
                return fail(start, "a message that may be given once is given twice")
            }
            guard let descriptor = field.messageDescriptor else { return fail(start, "field without a message type") }
            return message(descriptor, from: at, to: contentEnd, depth: depth + 1)
        case PROTOBUF_C_TYPE_STRING:
            if let bad = firstInvalidByte(at, contentEnd) { return fail(bad, "text is not UTF-8 or holds a zero byte") }
            return charge(MessageArena.footprint(length + 1))
        case PROTOBUF_C_TYPE_BYTES: return charge(MessageArena.footprint(length))
        default: return packed(field, expected, at, contentEnd)
        }
    }

    /// Checks packed values; `wireType` is that of one value.
    private mutating func packed(_ field: FieldDescriptor, _ wireType: UInt8, _ start: Int, _ end: Int) -> Bool {
        let size = wireType == 5 ? 4 : 8
        var count = 0
        if wireType == 0 {
            var run = 0
            for position in start..<end {
                run += 1
                guard run <= 10 else { return fail(position, "a number is longer than 10 bytes") }
                if bytes[position] < 0x80 {
                    run = 0
                    count += 1
                }
            }
            guard run == 0 else { return fail(end, "the last number is cut off") }
            // protobuf-c reserves one element per byte for booleans.
            if field.pointee.type == PROTOBUF_C_TYPE_BOOL { count = end - start }
        } else {
            guard (end - start) % size == 0 else {
                return fail(start, "\(end - start) bytes are not a whole number of \(size)-byte values")
            }
            count = (end - start) / size
        }
        return charge(count * field.elementSize)
    }

    // MARK: Tokens

    private mutating func skip(_ wireType: UInt8, _ at: inout Int, _ end: Int, _ what: String) -> Bool {
        switch wireType {
        case 0:
            let start = at
            guard varint(&at, end, maximumLength: 10) != nil else {
                return fail(start, "\(what) is a malformed number")
            }
            return true
        case 1, 5:
            let size = wireType == 1 ? 8 : 4
            guard end - at >= size else { return fail(at, "\(what) is cut off") }
            at += size
            return true
        case 2:
            guard let length = length(&at, end) else { return false }
            at += length
            return true
        default: return fail(at, "\(what) has the wire type \(wireType), which is not supported")
        }
    }

    private mutating func length(_ at: inout Int, _ end: Int) -> Int? {
        let start = at
        guard let value = varint(&at, end, maximumLength: 5) else {
            _ = fail(start, "malformed length")
            return nil
        }
        guard value <= UInt64(end - at) else {
            _ = fail(start, "a length of \(value) bytes where \(end - at) are left")
            return nil
        }
        return Int(value)
    }

    /// The number at `at`, which moves behind it; nil if it is cut off or longer than `maximumLength` bytes.
    @inline(__always) private func varint(_ at: inout Int, _ end: Int, maximumLength: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for position in at..<min(end, at + maximumLength) {
            let byte = bytes[position]
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                at = position + 1
                return value
            }
            shift += 7
        }
        return nil
    }

    private func firstInvalidByte(_ start: Int, _ end: Int) -> Int? {
        UTF8Check.firstInvalidByte(UnsafeRawBufferPointer(rebasing: bytes[start..<end])).map { start + $0 }
    }
}

extension UnsafePointer where Pointee == ProtobufCFieldDescriptor {
    /// The wire type of one value.
    fileprivate var wireType: UInt8 {
        switch pointee.type {
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: 2
        case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: 5
        case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 1
        default: 0
        }
    }
}
