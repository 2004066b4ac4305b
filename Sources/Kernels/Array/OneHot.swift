import Execution
import Graphs
import ServingCore
import Tensors

/// `OneHot`: a new axis of `depth` elements, `on_value` at the index and `off_value` elsewhere.
let oneHotOps: [OpDefinition] = [
    OpDefinition("OneHot", infer: inferOneHot) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        let read: IndexReader =
            switch type {
            case .uint8: { base, index in Int(base.assumingMemoryBound(to: UInt8.self)[index]) }
            case .int8: { base, index in Int(base.assumingMemoryBound(to: Int8.self)[index]) }
            case .int32: { base, index in Int(base.assumingMemoryBound(to: Int32.self)[index]) }
            case .int64: { base, index in Int(base.assumingMemoryBound(to: Int64.self)[index]) }
            default: throw construction.unsupported(type, "TI")
            }
        return OneHotKernel(
            read, depth: try IntegerInput(construction, 1), axis: try construction.attributes.int("axis", default: -1))
    }
]

private func inferOneHot(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let type = try facts.input(2).dataType
    try facts.requireOneType(2..<4)
    guard var sizes = try facts.input(0).shape.dimensions else { return [TensorFact(type)] }
    let axis = try facts.attributes.int("axis", default: -1)
    guard axis >= -1, axis <= sizes.count else { return [TensorFact(type)] }
    let depth = try facts.constantIntegers(1)?.first ?? -1
    sizes.insert(max(depth, -1), at: axis == -1 ? sizes.count : axis)
    return [TensorFact(type, PartialShape(sizes))]
}

private final class OneHotKernel: Kernel {
    private let read: IndexReader
    private let depth: IntegerInput
    private let axis: Int

    init(_ read: @escaping IndexReader, depth: IntegerInput, axis: Int) {
        self.read = read
        self.depth = depth
        self.axis = axis
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let indices = context.input(0)
        let (on, off) = (context.input(2), context.input(3))
        let rank = indices.shape.rank
        guard axis >= -1, axis <= rank else {
            throw .invalidArgument("Expected axis to be -1 or between [0, \(rank + 1)).  But received: \(axis)")
        }
        guard context.input(1).shape.rank == 0 else {
            throw .invalidArgument("depth must be a scalar, but got: \(context.input(1).shape)")
        }
        guard on.shape.rank == 0 else { throw .invalidArgument("on_value must be a scalar, but got: \(on.shape)") }
        guard off.shape.rank == 0 else { throw .invalidArgument("off_value must be a scalar, but got: \(off.shape)") }
        let depth = depth.read(context)[0]
        guard depth >= 0 else { throw .invalidArgument("depth must be non-negative, got: \(depth)") }
        let place = axis == -1 ? rank : axis
        guard let unchecked = indices.shape.inserting(depth, at: place) else {
            throw .unimplemented("tensors have at most \(TensorShape.maximumRank) dimensions here")
        }
        let output = try context.allocateOutput(0, on.dataType, try .checked(unchecked.dimensions))
        guard output.elementCount > 0 else { return }
        let size = on.dataType.byteCount
        Tensor.fill(output.mutableBytes, with: off.buffer.base, elementSize: size, count: output.elementCount)
        let inner = indices.shape.product(place..<rank)
        let base = UnsafeRawPointer(indices.buffer.base)
        for position in 0..<indices.elementCount {
            let index = read(base, position)
            guard index >= 0, index < depth else { continue }
            let target = (position / inner * depth + index) * inner + position % inner
            (output.mutableBytes + target * size).copyMemory(from: on.buffer.base, byteCount: size)
        }
        if on.dataType.isReference {
            output.buffer.attachContents(of: on.buffer)
            output.buffer.attachContents(of: off.buffer)
        }
    }
}
