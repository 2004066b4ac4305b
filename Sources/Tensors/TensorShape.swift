/// The sizes of a tensor's dimensions; all are known and not negative.
@frozen public struct TensorShape: Sendable, Hashable, CustomStringConvertible {
    /// TensorFlow allows 254, but few of its kernels that compute on single dimensions take more than 8.
    public static let maximumRank = 12

    @usableFromInline var sizes: InlineArray<12, Int>
    @usableFromInline var count: Int
    @inlinable public var rank: Int { count }

    /// The shape of a scalar.
    @inlinable public init() {
        sizes = InlineArray(repeating: 1)
        count = 0
    }

    /// A shape from sizes that the caller knows to be at most twelve and not negative.
    @inlinable public init<C: Collection>(_ dimensions: C) where C.Element == Int {
        self.init()
        precondition(dimensions.count <= TensorShape.maximumRank, "a tensor has at most 12 dimensions")
        var index = 0
        for size in dimensions {
            sizes[index] = size
            index += 1
        }
        count = index
    }

    /// A shape from sizes of any origin; nil if one is negative, if there are more than twelve, or if it is not addressable.
    @inlinable public init?<C: Collection>(validating dimensions: C) where C.Element == Int {
        guard dimensions.count <= TensorShape.maximumRank, dimensions.allSatisfy({ $0 >= 0 }) else { return nil }
        self.init(dimensions)
        guard isAddressable else { return nil }
    }

    /// False if the sizes multiply to more bytes of the widest element type than can be counted.
    ///
    /// Zeros are left out of that product: kernels multiply some of the sizes, and no such product may overflow only
    /// because the zero stands elsewhere. Kernels also walk along some of the sizes, so in a shape without elements, which
    /// costs its sender nothing, the others may only multiply to what can be walked along.
    @inlinable public var isAddressable: Bool {
        var bytes = 16
        var isEmpty = false
        for index in 0..<count {
            if sizes[index] == 0 {
                isEmpty = true
                continue
            }
            let (product, overflow) = bytes.multipliedReportingOverflow(by: sizes[index])
            if overflow { return false }
            bytes = product
        }
        return !isEmpty || bytes <= 16 << 31
    }

    @inlinable public subscript(index: Int) -> Int {
        get {
            precondition(index >= 0 && index < rank, "dimension out of range")
            return sizes[index]
        }
        set {
            precondition(index >= 0 && index < rank, "dimension out of range")
            sizes[index] = newValue
        }
    }

    /// The product of the sizes; `Int.max` if it overflows, which no allocation accepts.
    @inlinable public var elementCount: Int { product(0..<rank) }

    /// The product of the sizes in `range`; 1 for an empty range, `Int.max` if it overflows.
    @inlinable public func product(_ range: Range<Int>) -> Int {
        var product = 1
        var overflowed = false
        for index in range {
            if sizes[index] == 0 { return 0 }
            let (next, overflow) = product.multipliedReportingOverflow(by: sizes[index])
            overflowed = overflowed || overflow
            product = next
        }
        return overflowed ? .max : product
    }

    @inlinable public var dimensions: [Int] { (0..<rank).map { sizes[$0] } }

    /// The shape with `size` inserted before dimension `index`; nil if the rank would exceed twelve.
    public func inserting(_ size: Int, at index: Int) -> TensorShape? {
        guard rank < TensorShape.maximumRank else { return nil }
        precondition(index >= 0 && index <= rank, "dimension out of range")
        var result = self
        for place in index..<rank { result.sizes[place + 1] = sizes[place] }
        result.sizes[index] = size
        result.count += 1
        return result
    }

    /// The shape without dimension `index`.
    public func removing(at index: Int) -> TensorShape {
        precondition(index >= 0 && index < rank, "dimension out of range")
        var result = self
        for place in index + 1..<rank { result.sizes[place - 1] = sizes[place] }
        result.count -= 1
        return result
    }

    /// The elements between neighbours along each dimension when rows follow each other.
    public var strides: [Int] {
        var result = [Int](repeating: 1, count: rank)
        for index in stride(from: rank - 2, through: 0, by: -1) {
            result[index] = result[index + 1] &* sizes[index + 1]
        }
        return result
    }

    @inlinable public static func == (a: TensorShape, b: TensorShape) -> Bool {
        guard a.rank == b.rank else { return false }
        for index in 0..<a.rank where a.sizes[index] != b.sizes[index] { return false }
        return true
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        for index in 0..<rank { hasher.combine(sizes[index]) }
    }

    /// `[2,3]`, as TensorFlow prints shapes.
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ",") + "]" }
}

extension TensorShape: ExpressibleByArrayLiteral {
    /// Kernels write shapes as literals for every call: inlined as a loop over the elements, their array never comes to be.
    @inlinable @inline(__always) public init(arrayLiteral elements: Int...) {
        self.init()
        precondition(elements.count <= TensorShape.maximumRank, "a tensor has at most 12 dimensions")
        for index in 0..<elements.count { sizes[index] = elements[index] }
        count = elements.count
    }
}

/// What is known of a shape before a run: nothing, the rank, or some of the sizes.
public struct PartialShape: Sendable, Hashable, CustomStringConvertible {
    /// Nil if not even the rank is known; -1 for a size that is not known.
    public let dimensions: [Int]?

    public init(_ dimensions: [Int]?) { self.dimensions = dimensions }

    public init(_ shape: TensorShape) { dimensions = shape.dimensions }

    public static let unknown = PartialShape(nil)

    /// A shape of which only the rank is known. More than TensorFlow's 254 dimensions, which the length of a tensor of sizes
    /// may promise, count as not known.
    public static func unknown(rank: Int) -> PartialShape {
        (0...254).contains(rank) ? PartialShape([Int](repeating: -1, count: rank)) : .unknown
    }

    public var rank: Int? { dimensions?.count }

    /// The shape if every size is known.
    public var full: TensorShape? { dimensions.flatMap { TensorShape(validating: $0) } }

    /// The size of dimension `index` if it is known.
    public func size(_ index: Int) -> Int? {
        guard let dimensions, dimensions.indices.contains(index), dimensions[index] >= 0 else { return nil }
        return dimensions[index]
    }

    /// `[?,28,28,1]`, or `<unknown>`.
    public var description: String {
        guard let dimensions else { return "<unknown>" }
        return "[" + dimensions.map { $0 < 0 ? "?" : String($0) }.joined(separator: ",") + "]"
    }
}
