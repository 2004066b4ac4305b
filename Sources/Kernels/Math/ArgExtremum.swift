import Execution
import Graphs
import ServingCore
import Tensors

/// `ArgMax` and `ArgMin`: the index of the first largest (smallest) element along the axis in input 1.
let argExtremumOps: [OpDefinition] = [
    OpDefinition("ArgMax", infer: inferArgExtremum) { (construction) throws(Status) in
        try makeArgExtremum(construction, ArgMaxFunction.self)
    },
    OpDefinition("ArgMin", infer: inferArgExtremum) { (construction) throws(Status) in
        try makeArgExtremum(construction, ArgMinFunction.self)
    },
]

private func inferArgExtremum(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let type = try facts.attributes.type("output_type", default: .int64)
    guard var sizes = input.shape.dimensions, !sizes.isEmpty else { return [TensorFact(type)] }
    guard let axes = try facts.constantIntegers(1), axes.count == 1 else {
        return [TensorFact(type, .unknown(rank: sizes.count - 1))]
    }
    sizes.remove(at: try extremumAxis(axes[0], rank: sizes.count))
    return [TensorFact(type, PartialShape(sizes))]
}

private func extremumAxis(_ axis: Int, rank: Int) throws(Status) -> Int {
    guard let index = normalizedAxis(axis, rank: rank) else {
        throw .invalidArgument("Expected dimension in the range [\(-rank), \(rank)), but got \(axis)")
    }
    return index
}

private protocol Preference: SendableMetatype {
    /// True if `x` is better than `y`, which comes before it.
    static func prefers<T: Comparable>(_ x: T, to y: T) -> Bool
}

private enum ArgMaxFunction: Preference {
    static func prefers<T: Comparable>(_ x: T, to y: T) -> Bool { x > y }
}

private enum ArgMinFunction: Preference {
    static func prefers<T: Comparable>(_ x: T, to y: T) -> Bool { x < y }
}

/// The best of `count` elements that lie `stride` apart.
private typealias ArgSearch = @Sendable (_ base: UnsafeRawPointer, _ offset: Int, _ count: Int, _ stride: Int) -> Int

private func realSearch<P: Preference, E: RealElement>(_: P.Type, _: E.Type) -> ArgSearch {
    { base, offset, count, stride in
        let x = base.assumingMemoryBound(to: E.self) + offset
        var best = 0
        var value = x[0].wide
        for index in 1..<max(1, count) {
            let other = x[index &* stride].wide
            if P.prefers(other, to: value) { (best, value) = (index, other) }
        }
        return best
    }
}

private func integerSearch<P: Preference, I: IntegerElement>(_: P.Type, _: I.Type) -> ArgSearch {
    { base, offset, count, stride in
        let x = base.assumingMemoryBound(to: I.self) + offset
        var best = 0
        for index in 1..<max(1, count) where P.prefers(x[index &* stride], to: x[best &* stride]) { best = index }
        return best
    }
}

private func makeArgExtremum<P: Preference>(
    _ construction: KernelConstruction, _: P.Type
) throws(Status) -> any Kernel {
    let type = try construction.input(0).dataType
    let search: ArgSearch =
        switch type {
        case .float: realSearch(P.self, Float.self)
        case .double: realSearch(P.self, Double.self)
        case .half: realSearch(P.self, Half.self)
        case .bfloat16: realSearch(P.self, BFloat16.self)
        case .int8: integerSearch(P.self, Int8.self)
        case .int16: integerSearch(P.self, Int16.self)
        case .int32: integerSearch(P.self, Int32.self)
        case .int64: integerSearch(P.self, Int64.self)
        case .uint8, .bool: integerSearch(P.self, UInt8.self)
        case .uint16: integerSearch(P.self, UInt16.self)
        case .uint32: integerSearch(P.self, UInt32.self)
        case .uint64: integerSearch(P.self, UInt64.self)
        default: throw construction.unsupported(type)
        }
    let output = try construction.attributes.type("output_type", default: .int64)
    switch output {
    case .int16, .uint16, .int32, .int64: break
    default: throw construction.unsupported(output, "output_type")
    }
    return ArgExtremumKernel(search, axis: try IntegerInput(construction, 1), output: output)
}

private final class ArgExtremumKernel: Kernel {
    private let search: ArgSearch
    private let axis: IntegerInput
    private let type: DataType

    init(_ search: @escaping ArgSearch, axis: IntegerInput, output: DataType) {
        self.search = search
        self.axis = axis
        type = output
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let shape = input.shape
        guard context.input(1).shape.rank == 0 else {
            throw .invalidArgument(
                "dim must be a scalar, but received tensor of shape: \(context.input(1).shape)")
        }
        let wanted = axis.read(context)[0]
        let axis = try extremumAxis(wanted, rank: shape.rank)
        guard shape[axis] > 0 else { throw .invalidArgument("Reduction axis \(wanted) is empty in shape \(shape)") }
        let output = try context.allocateOutput(0, type, shape.removing(at: axis))
        let inner = shape.product((axis + 1)..<shape.rank)
        let count = shape[axis]
        let (search, type) = (search, type)
        let source = UnsafeRawPointer(input.buffer.base)
        let target = output.buffer.base
        context.parallelFor(output.elementCount, cost: 2 + Double(count)) { range in
            for index in range {
                let best = search(source, index / inner * count * inner + index % inner, count, inner)
                switch type {
                case .int64: target.assumingMemoryBound(to: Int64.self)[index] = Int64(best)
                case .int32: target.assumingMemoryBound(to: Int32.self)[index] = Int32(truncatingIfNeeded: best)
                default: target.assumingMemoryBound(to: Int16.self)[index] = Int16(truncatingIfNeeded: best)
                }
            }
        }
    }
}
