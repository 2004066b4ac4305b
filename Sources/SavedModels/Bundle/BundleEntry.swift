import ServingCore
import Tensors

/// What a checkpoint's index says of one tensor, or of one slice of a partitioned tensor.
struct BundleEntry: Sendable {
    /// `tensorflow.DataType` as stored; it may be one that is unknown here.
    var typeCode: Int32 = 0
    /// Nil if the stored shape is no shape: too many dimensions, a negative size, an overflow.
    var shape: TensorShape? = []
    var shard = 0
    var offset = 0
    var byteCount = 0
    var maskedChecksum: UInt32 = 0
    /// The slices under which the elements are kept; empty if the tensor is kept whole.
    var slices: [TensorSlice] = []

    var dataType: DataType? { DataType(rawValue: typeCode) }

    /// Decodes a `tensorflow.BundleEntryProto`; nil if `bytes` are none, or if the place in the shard is impossible.
    init?(parsing bytes: UnsafeRawBufferPointer) {
        var fields = WireFields(bytes)
        while let (number, value) = fields.next() {
            guard set(number, value) else { return nil }
        }
        guard !fields.isMalformed, shard >= 0, offset >= 0, byteCount >= 0 else { return nil }
        guard !offset.addingReportingOverflow(byteCount).overflow else { return nil }
    }

    private mutating func set(_ number: Int, _ value: WireFields.Value) -> Bool {
        switch (number, value) {
        case (1, .number(let code)): typeCode = Int32(truncatingIfNeeded: code)
        case (2, .bytes(let bytes)):
            guard let sizes = BundleEntry.dimensions(bytes) else { return false }
            shape = sizes.flatMap { TensorShape(validating: $0) }
        case (3, .number(let number)): shard = Int(Int32(truncatingIfNeeded: number))
        case (4, .number(let number)): offset = Int(truncatingIfNeeded: number)
        case (5, .number(let number)): byteCount = Int(truncatingIfNeeded: number)
        case (6, .fixed32(let checksum)): maskedChecksum = checksum
        case (7, .bytes(let bytes)):
            guard let slice = BundleEntry.slice(bytes) else { return false }
            slices.append(slice)
        default: break
        }
        return true
    }

    /// The sizes in a `TensorShapeProto`; `.some(nil)` if it has no rank or more dimensions than a tensor can have here,
    /// and nil if it is malformed.
    private static func dimensions(_ bytes: UnsafeRawBufferPointer) -> [Int]?? {
        var fields = WireFields(bytes)
        var sizes: [Int] = []
        var isUsable = true
        while let (number, value) = fields.next() {
            if number == 3, case .number(let flag) = value, flag != 0 { isUsable = false }
            guard number == 2, case .bytes(let dimension) = value else { continue }
            guard let size = numbers(dimension)?[1, default: 0] else { return nil }
            if sizes.count <= TensorShape.maximumRank { sizes.append(size) }
        }
        guard !fields.isMalformed else { return nil }
        return .some(isUsable ? sizes : nil)
    }

    /// Decodes a `TensorSliceProto`.
    private static func slice(_ bytes: UnsafeRawBufferPointer) -> TensorSlice? {
        var fields = WireFields(bytes)
        var extents: [TensorSlice.Extent] = []
        while let (number, value) = fields.next() {
            guard number == 1, case .bytes(let extent) = value else { continue }
            guard let parts = numbers(extent), extents.count <= TensorShape.maximumRank else { return nil }
            extents.append(TensorSlice.Extent(start: parts[1, default: 0], length: parts[2, default: -1]))
        }
        return fields.isMalformed ? nil : TensorSlice(extents)
    }

    /// The integer fields of a small message by number.
    private static func numbers(_ bytes: UnsafeRawBufferPointer) -> [Int: Int]? {
        var fields = WireFields(bytes)
        var numbers: [Int: Int] = [:]
        while let (number, value) = fields.next() {
            if case .number(let bits) = value { numbers[number] = Int(truncatingIfNeeded: bits) }
        }
        return fields.isMalformed ? nil : numbers
    }
}

/// The first entry of a checkpoint's index, a `tensorflow.BundleHeaderProto`.
struct BundleHeader: Sendable {
    private(set) var shardCount = 0
    private(set) var isBigEndian = false
    private(set) var minimumConsumer = 0

    init?(parsing bytes: UnsafeRawBufferPointer) {
        var fields = WireFields(bytes)
        while let (number, value) = fields.next() {
            switch (number, value) {
            case (1, .number(let count)): shardCount = Int(Int32(truncatingIfNeeded: count))
            case (2, .number(let order)): isBigEndian = order == 1
            case (3, .bytes(let version)):
                var parts = WireFields(version)
                while let (number, value) = parts.next() {
                    if number == 2, case .number(let least) = value { minimumConsumer = Int(truncatingIfNeeded: least) }
                }
            default: break
            }
        }
        guard !fields.isMalformed, shardCount >= 0 else { return nil }
    }
}
