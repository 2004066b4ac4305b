import Tensors

/// A number for each axis of a tensor, or for each entry of a slice's specification, kept in place: kernels fill some of these at
/// every call, and arrays would each ask for memory.
struct AxisNumbers: RandomAccessCollection {
    /// The axes of a tensor, and as many new ones as a specification may add.
    static let maximumCount = TensorShape.maximumRank + 32

    private var numbers = InlineArray<44, Int>(repeating: 0)
    private(set) var count = 0

    init() {}

    /// The sizes of `shape`.
    init(_ shape: TensorShape) {
        for index in 0..<shape.rank { append(shape[index]) }
    }

    /// At most `maximumCount` numbers.
    init(_ numbers: [Int]) {
        for number in numbers { append(number) }
    }

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count, "axis out of range")
        return numbers[index]
    }

    mutating func append(_ number: Int) {
        precondition(count < AxisNumbers.maximumCount, "too many axes")
        numbers[count] = number
        count += 1
    }
}
