import Execution
import ServingCore
import Synchronization
import Tensors
import Threading

/// A checkpoint: named tensors in the files `<prefix>.index` and `<prefix>.data-?????-of-?????`.
///
/// Data files are opened when first needed. Tensors show their bytes in place and keep the whole file; only slices,
/// misaligned elements and malformed bools are copied. Before a tensor is handed out for the first time, its place, size
/// and checksum are checked, over bytes that can't change any more. That leaves mapped bytes in the page cache, but in no page
/// table: whoever reads a tensor again and again calls `TensorBuffer.bringBack`.
public final class TensorBundle: CheckpointReader {
    let index: BundleIndex
    private let residence: MappedFile.Residence
    private let pace: WorkPace?
    private let threadCount: @Sendable () -> Int
    private let state = Mutex(State())

    private struct State {
        var shards: [Int: MappedFile] = [:]
        /// The keys whose bytes have been found to have the right checksum.
        var verified: Set<[UInt8]> = []
    }

    /// Opens the checkpoint and reads its index; the data files are not touched yet. Throws NOT_FOUND if the index is missing,
    /// UNAVAILABLE if its end is missing, DATA_LOSS if it is corrupt.
    /// - Parameters:
    ///   - residence: where the bytes of the data files shall stand.
    ///   - pace: what reading and checking them keeps to.
    ///   - threadCount: how many threads may check tensors at the moment.
    public init(
        prefix: String, residence: MappedFile.Residence = .automatic, pace: WorkPace? = nil,
        threadCount: @escaping @Sendable () -> Int = { 1 }
    ) throws(Status) {
        index = try BundleIndex(prefix: prefix)
        self.residence = residence
        self.pace = pace
        self.threadCount = threadCount
    }

    /// The names of all tensors, in order; a partitioned tensor counts once.
    public var names: [String] { index.names }

    public func contains(_ name: String) -> Bool { index.entries[Array(name.utf8)] != nil }

    /// The element type and shape of the tensor `name`. Throws NOT_FOUND if there is none, DATA_LOSS if its shape is
    /// impossible, UNIMPLEMENTED if its type is unknown.
    public func fact(named name: String) throws(Status) -> (dataType: DataType, shape: TensorShape) {
        let entry = try entry(Array(name.utf8))
        return (try dataType(entry, name), try shape(entry, name))
    }

    /// The whole tensor; a partitioned one is put together. Throws NOT_FOUND if there is none of that name or a data file is
    /// missing, UNAVAILABLE if a data file is too short, DATA_LOSS if the bytes are not those that were saved,
    /// UNIMPLEMENTED for element types that can't be read.
    public func tensor(named name: String) throws(Status) -> Tensor {
        let key = Array(name.utf8)
        let entry = try entry(key)
        guard !entry.slices.isEmpty else { return try stored(entry, key) }
        return try assemble(TensorSlice(wholeOfRank: try shape(entry, name).rank), of: entry, name)
    }

    /// As `tensor(named:)`, but only the slice that `shapeAndSlice` names; an empty text means the whole. Throws
    /// INVALID_ARGUMENT if the text is malformed or does not fit the stored shape.
    public func tensor(named name: String, shapeAndSlice: String) throws(Status) -> Tensor {
        guard !shapeAndSlice.isEmpty else { return try tensor(named: name) }
        let wanted = try ShapeAndSlice(parsing: shapeAndSlice)
        let entry = try entry(Array(name.utf8))
        let shape = try shape(entry, name)
        guard wanted.shape == shape else {
            throw .invalidArgument(
                "tensor_name = \(name); shape in shape_and_slice spec \(wanted.shape) "
                    + "does not match the shape stored in checkpoint: \(shape)")
        }
        return try assemble(wanted.slice, of: entry, name)
    }

    // MARK: - Entries

    func entry(_ key: [UInt8]) throws(Status) -> BundleEntry {
        guard let entry = index.entries[key] else {
            throw .notFound("Key \(BundleIndex.name(key)) not found in checkpoint")
        }
        return entry
    }

    func shape(_ entry: BundleEntry, _ name: String) throws(Status) -> TensorShape {
        guard let shape = entry.shape else { throw .dataLoss("Invalid tensor shape: \(name) in \(index.prefix)") }
        return shape
    }

    func dataType(_ entry: BundleEntry, _ name: String) throws(Status) -> DataType {
        guard let type = entry.dataType, type != .invalid, type != .resource, type != .variant else {
            throw .unimplemented("\(name) in \(index.prefix) has data type \(entry.typeCode), which can't be restored")
        }
        return type
    }

    /// Checks the bytes of large tensors, on several threads.
    public func prepare(_ names: [String]) { prepare(names, leastBytes: TensorBundle.leastPrepared) }

    /// The same for tensors of at least `leastBytes`.
    func prepare(_ names: [String], leastBytes: Int) {
        let keys = names.map { Array($0.utf8) }.filter { index.entries[$0].map { $0.byteCount >= leastBytes } ?? false }
        let threads = threadCount()
        guard threads > 1, keys.count > 1 else { return }
        BriefThreads(name: "check", threadCount: threads).forEach(keys.count) { [self] turn in
            // What fails is left for the one who asks for it.
            guard let entry = index.entries[keys[turn]], entry.slices.isEmpty, entry.dataType != .string else { return }
            _ = try? verify(keys[turn], entry, try content(of: entry, keys[turn]))
        }
    }

    /// Smaller tensors are not worth a turn.
    private static let leastPrepared = 64 << 10

    /// The tensor of an entry that is kept whole.
    func stored(_ entry: BundleEntry, _ key: [UInt8]) throws(Status) -> Tensor {
        let name = BundleIndex.name(key)
        let type = try dataType(entry, name)
        let shape = try shape(entry, name)
        let content = try content(of: entry, key)
        guard type != .string else { return try content.strings(shape, entry.maskedChecksum) }
        let (expected, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, expected == entry.byteCount else {
            throw .dataLoss(
                "Invalid size in bundle entry: key \(name); stored size \(entry.byteCount); expected size \(expected)")
        }
        try verify(key, entry, content)
        return try content.tensor(type, shape)
    }

    /// Throws DATA_LOSS if the bytes of an entry, which hold no strings, have not the right checksum. Looks once.
    private func verify(_ key: [UInt8], _ entry: BundleEntry, _ content: StoredBytes) throws(Status) {
        guard !state.withLock({ $0.verified.contains(key) }) else { return }
        try content.verify(entry.maskedChecksum)
        state.withLock { _ = $0.verified.insert(key) }
    }

    /// The bytes of an entry that is kept whole. Throws UNAVAILABLE if the file is too short.
    private func content(of entry: BundleEntry, _ key: [UInt8]) throws(Status) -> StoredBytes {
        let name = BundleIndex.name(key)
        let file = try shard(entry.shard)
        guard entry.offset + entry.byteCount <= file.bytes.count else {
            throw .unavailable(
                "\(file.path) is incomplete: it has \(file.bytes.count) bytes, "
                    + "\(name) needs \(entry.offset + entry.byteCount)")
        }
        let range = entry.offset..<entry.offset + entry.byteCount
        return StoredBytes(bytes: UnsafeRawBufferPointer(rebasing: file.bytes[range]), file: file, name: name)
    }

    /// Lets the system have the memory of all mapped bytes; who reads tensors again and again calls `TensorBuffer.bringBack`.
    public func giveBack() {
        for file in state.withLock({ Array($0.shards.values) }) { file.giveBack(file.bytes) }
    }

    private func shard(_ shard: Int) throws(Status) -> MappedFile {
        if let file = state.withLock({ $0.shards[shard] }) { return file }
        let file = try MappedFile(path: index.shardPath(shard), residence: residence, isReadInParts: true, pace: pace)
        return state.withLock { state in
            // Another thread may have been faster; all tensors of a shard share one mapping.
            if let earlier = state.shards[shard] { return earlier }
            state.shards[shard] = file
            return file
        }
    }
}
