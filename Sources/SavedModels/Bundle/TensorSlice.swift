import ServingCore
import Tensors

/// A box within a tensor: for each dimension a start and a length.
struct TensorSlice: Hashable, Sendable {
    /// One dimension's part. The whole of it is start 0 and length -1.
    struct Extent: Hashable, Sendable {
        var start: Int
        var length: Int

        static let whole = Extent(start: 0, length: -1)

        var isWhole: Bool { length == -1 }
    }

    var extents: [Extent]

    init(_ extents: [Extent]) { self.extents = extents }

    init(wholeOfRank rank: Int) { extents = [Extent](repeating: .whole, count: rank) }

    /// Parses TensorFlow's notation: parts separated by `:`, each `-` for the whole or `start,length`. Throws
    /// INVALID_ARGUMENT.
    init(parsing text: some StringProtocol) throws(Status) {
        extents = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            let numbers = part.split(separator: ",", omittingEmptySubsequences: false)
            if part == "-" {
                extents.append(.whole)
            } else if numbers.count == 2, let start = Int(numbers[0]), let length = Int(numbers[1]), start >= 0,
                length > 0
            {
                extents.append(Extent(start: start, length: length))
            } else {
                throw .invalidArgument("Expected a pair of numbers or '-' but got '\(part)': string = \(text)")
            }
        }
    }

    /// The ranges that the slice takes of a tensor of shape `shape`. Throws INVALID_ARGUMENT if it does not fit.
    func ranges(in shape: TensorShape) throws(Status) -> [Range<Int>] {
        guard shape.rank == extents.count else {
            throw .invalidArgument("Mismatching ranks: shape = \(shape), slice = \(self)")
        }
        var ranges: [Range<Int>] = []
        for (index, extent) in extents.enumerated() {
            let size = shape[index]
            if extent.isWhole {
                ranges.append(0..<size)
            } else {
                guard extent.start >= 0, extent.length >= 0, extent.start <= size, extent.length <= size - extent.start
                else {
                    throw .invalidArgument(
                        "Extent in dimension \(index) out of bounds: shape = \(shape), slice = \(self)")
                }
                ranges.append(extent.start..<extent.start + extent.length)
            }
        }
        return ranges
    }

    /// The key under which a checkpoint keeps this slice of the tensor `name`.
    func key(of name: some Sequence<UInt8>) -> [UInt8] {
        var code = OrderedCode()
        code.append(unsigned: 0)
        code.append(name)
        code.append(unsigned: UInt64(extents.count))
        for extent in extents {
            code.append(signed: Int64(extent.start))
            code.append(signed: Int64(extent.length))
        }
        return code.bytes
    }
}

extension TensorSlice: CustomStringConvertible {
    /// `0,20:-`, as TensorFlow prints slices.
    var description: String {
        extents.map { $0.isWhole ? "-" : "\($0.start),\($0.length)" }.joined(separator: ":")
    }
}

/// The `shape_and_slices` entry of a restore op: the shape of a whole tensor, and the slice of it that is wanted.
struct ShapeAndSlice: Sendable {
    let shape: TensorShape
    let slice: TensorSlice

    /// Parses for example `40 10 0,20:-`. Throws INVALID_ARGUMENT.
    init(parsing text: String) throws(Status) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count >= 2, let last = parts.last else {
            throw .invalidArgument("Need least two elements in shape_and_slice specification: \(text)")
        }
        var sizes: [Int] = []
        for part in parts.dropLast() {
            guard let size = Int(part) else {
                throw .invalidArgument("Non numerical dimension in shape_and_slice: \(text)")
            }
            sizes.append(size)
        }
        guard let shape = TensorShape(validating: sizes) else {
            throw .invalidArgument("Invalid shape in shape_and_slice: \(text)")
        }
        self.shape = shape
        slice = try TensorSlice(parsing: last)
    }
}
