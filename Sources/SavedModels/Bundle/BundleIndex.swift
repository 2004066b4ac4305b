import ServingCore

/// A checkpoint's index file, read and checked: which tensors there are, and where their bytes stand.
struct BundleIndex: Sendable {
    let prefix: String
    let shardCount: Int
    /// By name, or for a slice by its encoded key, which starts with a zero byte.
    private(set) var entries: [[UInt8]: BundleEntry] = [:]

    private static let version = 1

    /// Reads `<prefix>.index`. Throws NOT_FOUND if it is missing, UNAVAILABLE if its end is missing, DATA_LOSS if it is
    /// corrupt, UNIMPLEMENTED if it was written by a newer TensorFlow or on a big-endian machine.
    init(prefix: String) throws(Status) {
        let file = try MappedFile(path: BundleIndex.path(prefix), residence: .copied)
        let table = try SortedTable(file)
        var header: BundleHeader?
        var entries: [[UInt8]: BundleEntry] = [:]
        try table.forEach { (key, value) throws(Status) in
            guard !key.isEmpty else {
                header = BundleHeader(parsing: value)
                return
            }
            guard let entry = BundleEntry(parsing: value) else {
                throw .dataLoss("Entry for key \(String(decoding: key, as: UTF8.self)) not parseable in \(file.path)")
            }
            entries[Array(key)] = entry
        }
        guard let header else {
            throw .dataLoss("Unable to read file (\(file.path)). Perhaps the file is corrupt: it has no header entry")
        }
        guard !header.isBigEndian else {
            throw .unimplemented("\(file.path) was written on a big-endian machine, which is not supported")
        }
        guard header.minimumConsumer <= BundleIndex.version else {
            throw .unimplemented(
                "\(file.path) needs readers of checkpoint version \(header.minimumConsumer); this is version 1")
        }
        self.prefix = prefix
        self.entries = entries
        shardCount = header.shardCount
        for (key, entry) in entries where entry.slices.isEmpty && entry.shard >= header.shardCount {
            throw .dataLoss(
                "\(file.path) is corrupt: \(BundleIndex.name(key)) is in shard \(entry.shard) of \(header.shardCount)")
        }
    }

    static func path(_ prefix: String) -> String { prefix + ".index" }

    /// The file of shard `shard`: `<prefix>.data-00000-of-00002`.
    func shardPath(_ shard: Int) -> String {
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
        }
        return "\(prefix).data-\(padded(shard))-of-\(padded(shardCount))"
    }

    /// `key` for an error text.
    static func name(_ key: [UInt8]) -> String {
        String(decoding: key.first == 0 ? key.dropFirst() : key[...], as: UTF8.self)
    }

    /// The names of the tensors, without the keys of slices, in order.
    var names: [String] {
        entries.keys.filter { $0.first != 0 }.map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// For each shard that holds something, the bytes that it must have.
    var shardSizes: [Int: Int] {
        var sizes: [Int: Int] = [:]
        for entry in entries.values where entry.slices.isEmpty {
            sizes[entry.shard] = max(sizes[entry.shard, default: 0], entry.offset + entry.byteCount)
        }
        return sizes
    }

    /// Looks whether every shard is there and as long as the index needs, and returns the bytes of all of them. Throws
    /// NOT_FOUND `<path>; No such file or directory` for a missing one, and UNAVAILABLE for a short one.
    func checkShards() throws(Status) -> Int {
        var total = 0
        for (shard, needed) in shardSizes.sorted(by: { $0.key < $1.key }) {
            let path = shardPath(shard)
            guard let size = try FileSystem.size(path) else {
                throw .notFound("\(path); No such file or directory")
            }
            guard size >= needed else {
                throw .unavailable("\(path) is incomplete: it has \(size) bytes, its index needs \(needed)")
            }
            total = total.addingReportingOverflow(size).partialValue
        }
        return total
    }
}
