import Records
import ServingCore

/// Reads a sorted table of keys and values, the LevelDB format in which checkpoints keep their index.
///
/// The file ends with a footer: the places of a meta-index (unused) and of the index block, and a magic number. The index
/// block's values are the places of data blocks. Every block is followed by its compression and its masked CRC-32C.
struct SortedTable {
    /// A key with the compression of its block undone, and its value; both valid only during the call.
    typealias Visitor = (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(Status) -> Void

    static let footerLength = 48
    private static let magic: UInt64 = 0xdb47_7524_8b80_fb57
    private static let blockTrailerLength = 5
    /// Variable names are far shorter; without a limit, prefix compression could blow a small file up without bound.
    private static let longestKey = 1 << 16

    private let file: MappedFile
    private let indexBlock: Place

    /// A block's bytes without its trailer.
    private struct Place {
        let offset: Int
        let count: Int

        init?(_ cursor: inout ByteCursor) {
            guard let offset = cursor.count(), let count = cursor.count() else { return nil }
            self.offset = offset
            self.count = count
        }
    }

    /// Checks the footer. Throws UNAVAILABLE if there is none, as in a file that is still being copied, and DATA_LOSS if it
    /// points outside of the file.
    init(_ file: MappedFile) throws(Status) {
        self.file = file
        guard file.bytes.count >= SortedTable.footerLength else {
            throw .unavailable(
                "\(file.path) is incomplete: file is too short to be an sstable (\(file.bytes.count) bytes)")
        }
        let footer = UnsafeRawBufferPointer(rebasing: file.bytes.suffix(SortedTable.footerLength))
        let found = footer.loadUnaligned(fromByteOffset: SortedTable.footerLength - 8, as: UInt64.self).littleEndian
        guard found == SortedTable.magic else {
            throw .unavailable("\(file.path) is incomplete or no index: not an sstable (bad magic number)")
        }
        var cursor = ByteCursor(footer)
        guard Place(&cursor) != nil, let place = Place(&cursor) else {
            throw .dataLoss("\(file.path) is corrupt: bad block handle in the footer")
        }
        indexBlock = place
    }

    /// Visits all entries in the order of their keys. Throws DATA_LOSS where the table is corrupt.
    func forEach(_ visit: Visitor) throws(Status) {
        var order = Order()
        var keyBytes = Expansion(fileByteCount: file.bytes.count)
        for place in try dataBlocks() {
            try forEach(in: place, expanding: &keyBytes) { (key, value) throws(Status) in
                guard order.accepts(key) else { throw corrupt("keys are not in order") }
                try visit(key, value)
            }
        }
    }

    private func dataBlocks() throws(Status) -> [Place] {
        var places: [Place] = []
        var keyBytes = Expansion(fileByteCount: file.bytes.count)
        try forEach(in: indexBlock, expanding: &keyBytes) { (_, value) throws(Status) in
            var cursor = ByteCursor(value)
            guard let place = Place(&cursor) else { throw corrupt("bad block handle in the index") }
            places.append(place)
        }
        return places
    }

    private func corrupt(_ what: String) -> Status { .dataLoss("\(file.path) is corrupt: \(what)") }

    // MARK: - Blocks

    private func forEach(in place: Place, expanding expansion: inout Expansion, _ visit: Visitor) throws(Status) {
        let stored = try contents(of: place)
        guard stored.compression == 1 else {
            guard stored.compression == 0 else { throw corrupt("unknown compression \(stored.compression) of a block") }
            return try forEachEntry(stored.bytes, &expansion, visit)
        }
        guard let plain = Snappy.decompress(stored.bytes) else { throw corrupt("a compressed block can't be read") }
        let bytes = UnsafeRawBufferPointer(plain)
        defer { plain.deallocate() }
        try forEachEntry(bytes, &expansion, visit)
    }

    private func contents(of place: Place) throws(Status) -> (bytes: UnsafeRawBufferPointer, compression: UInt8) {
        let room = file.bytes.count - SortedTable.footerLength
        guard place.count <= room - SortedTable.blockTrailerLength,
            place.offset <= room - SortedTable.blockTrailerLength - place.count
        else {
            throw corrupt("block [\(place.offset), \(place.count)] lies outside of its \(file.bytes.count) bytes")
        }
        let end = place.offset + place.count
        let checked = UnsafeRawBufferPointer(rebasing: file.bytes[place.offset...end])
        let stored = file.bytes.loadUnaligned(fromByteOffset: end + 1, as: UInt32.self).littleEndian
        guard CRC32C.unmask(stored) == CRC32C.checksum(checked) else {
            throw corrupt("block checksum mismatch at offset \(place.offset)")
        }
        return (UnsafeRawBufferPointer(rebasing: checked.dropLast()), checked[place.count])
    }

    /// An entry is three varints (bytes shared with the previous key, further bytes of the key, bytes of the value) and then
    /// the latter two; behind the entries stand the restart offsets, and their number.
    private func forEachEntry(
        _ block: UnsafeRawBufferPointer, _ expansion: inout Expansion, _ visit: Visitor
    ) throws(Status) {
        guard block.count >= 4 else { throw corrupt("a block has no restart array") }
        let restarts = Int(block.loadUnaligned(fromByteOffset: block.count - 4, as: UInt32.self).littleEndian)
        guard restarts <= (block.count - 4) / 4 else { throw corrupt("bad restart array of a block") }
        var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: block.dropLast(4 + 4 * restarts)))
        var key: [UInt8] = []
        while !cursor.isAtEnd {
            guard let shared = cursor.count(), let unshared = cursor.count(), let valueCount = cursor.count(),
                let suffix = cursor.take(unshared), let value = cursor.take(valueCount), shared <= key.count
            else { throw corrupt("bad entry in a block") }
            key.removeLast(key.count - shared)
            key.append(contentsOf: suffix)
            guard key.count <= SortedTable.longestKey, expansion.adds(key.count) else {
                throw corrupt("its keys expand to too many bytes")
            }
            try visitEntry(key, value, visit)
        }
    }

    private func visitEntry(_ key: [UInt8], _ value: UnsafeRawBufferPointer, _ visit: Visitor) throws(Status) {
        var failure: Status?
        key.withUnsafeBytes { bytes in
            do throws(Status) { try visit(bytes, value) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

/// How many bytes of keys a file may expand to.
private struct Expansion {
    let limit: Int
    private(set) var total = 0

    init(fileByteCount: Int) {
        limit = (64 << 20) + (fileByteCount < Int.max >> 6 ? fileByteCount * 32 : Int.max >> 1)
    }

    /// Counts `bytes` more; false if that is too much.
    mutating func adds(_ bytes: Int) -> Bool {
        total += bytes
        return total <= limit
    }
}

/// Sees to it that keys strictly ascend.
private struct Order {
    private var previous: [UInt8]?

    mutating func accepts(_ key: UnsafeRawBufferPointer) -> Bool {
        if let previous, !previous.lexicographicallyPrecedes(key) { return false }
        previous = Array(key)
        return true
    }
}
