import Execution
import Graphs
import ServingCore
import Tensors

/// An input that holds a shape, axes or sizes: read once while loading if it is a constant, otherwise at every run.
struct IntegerInput: Sendable {
    private let index: Int
    private let constant: [Int]?

    /// Throws if input `index` is neither of type `int32` nor `int64`; `takesShort` allows `int16`, too.
    init(_ construction: KernelConstruction, _ index: Int, takesShort: Bool = false) throws(Status) {
        let fact = try construction.input(index)
        guard fact.dataType == .int32 || fact.dataType == .int64 || takesShort && fact.dataType == .int16 else {
            throw .invalidArgument(
                "input \(index) of \(construction.node.op) must be int32 or int64, not \(fact.dataType.name)")
        }
        self.index = index
        constant = fact.constant?.integers
    }

    /// The elements in order, whatever the tensor's rank.
    func read(_ context: borrowing KernelContext) -> [Int] {
        if let constant { return constant }
        return context.input(index).integers ?? []
    }
}

extension KernelContext {
    /// The values of several inputs.
    func inputs(_ range: Range<Int>) -> [Tensor] {
        var tensors: [Tensor] = []
        for index in range { tensors.append(input(index)) }
        return tensors
    }
}

extension NodeFacts {
    /// Throws INVALID_ARGUMENT unless inputs `range` exist and have one type; kernels that copy between them rely on it.
    func requireOneType(_ range: Range<Int>) throws(Status) {
        guard let first = range.first else { return }
        let type = try input(first).dataType
        for index in range {
            let other = try input(index).dataType
            guard other == type else {
                throw .invalidArgument("input \(index) of \(node.op) must be \(type.name), but is \(other.name)")
            }
        }
    }
}

extension TensorShape {
    /// A shape from sizes that a model or a request computed. Throws if it can't be the shape of a tensor.
    static func checked(_ sizes: some RandomAccessCollection<Int>) throws(Status) -> TensorShape {
        if let shape = TensorShape(validating: sizes) { return shape }
        guard sizes.count <= maximumRank else {
            throw .unimplemented(
                "tensors have at most \(maximumRank) dimensions here, but \(sizes.count) were asked for")
        }
        if let size = sizes.first(where: { $0 < 0 }) { throw .invalidArgument("Dimension \(size) must be >= 0") }
        throw .invalidArgument(
            "Encountered overflow when multiplying the sizes of shape [\(sizes.map(String.init).joined(separator: ","))]"
        )
    }
}

extension TensorShape {
    /// As `checked`, with the text of ops that build a shape from a tensor.
    static func built(_ sizes: [Int]) throws(Status) -> TensorShape {
        if let shape = TensorShape(validating: sizes) { return shape }
        guard sizes.count <= maximumRank, sizes.allSatisfy({ $0 >= 0 }) else { return try checked(sizes) }
        throw .invalidArgument(
            "Shape [\(sizes.map(String.init).joined(separator: ","))] would have more than 2**63 - 1 elements")
    }
}

/// `axis` counted from the front, if it lies in `-rank..<rank`.
func normalizedAxis(_ axis: Int, rank: Int) -> Int? {
    guard axis >= -rank, axis < rank else { return nil }
    return axis < 0 ? axis + rank : axis
}
