import Execution
import Graphs
import ServingCore
import Tensors

/// `MatMul`, `BatchMatMul` and its later versions.
let matMulOps: [OpDefinition] =
    [OpDefinition("MatMul", infer: inferMatMul, makeKernel: makeMatMul)]
    + ["BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"].map { name in
        OpDefinition(name, infer: inferBatchMatMul, makeKernel: makeBatchMatMul)
    }

private let inferMatMul: OpDefinition.Inference = { (facts) throws(Status) in
    let a = try facts.input(0)
    let b = try facts.input(1)
    let rows = a.shape.size(try facts.attributes.bool("transpose_a", default: false) ? 1 : 0)
    let columns = b.shape.size(try facts.attributes.bool("transpose_b", default: false) ? 0 : 1)
    return [TensorFact(a.dataType, PartialShape([rows ?? -1, columns ?? -1]))]
}

private let inferBatchMatMul: OpDefinition.Inference = { (facts) throws(Status) in
    let x = try facts.input(0)
    let y = try facts.input(1)
    let type = try facts.attributes.type("Tout", default: x.dataType)
    guard let left = x.shape.dimensions, let right = y.shape.dimensions, left.count >= 2, right.count >= 2 else {
        return [TensorFact(type)]
    }
    let rows = left[left.count - (try facts.attributes.bool("adj_x", default: false) ? 1 : 2)]
    let columns = right[right.count - (try facts.attributes.bool("adj_y", default: false) ? 2 : 1)]
    let batch = try Inference.broadcast(PartialShape(left.dropLast(2)), PartialShape(right.dropLast(2)))
    return [TensorFact(type, PartialShape((batch.dimensions ?? []) + [rows, columns]))]
}

private let makeMatMul: OpDefinition.Construction = { (construction) throws(Status) in
    let general = try makeGeneralProduct(construction, isBatched: false)
    return try FusedMatMulKernel.make(construction, .none, isBatched: false, else: general)
}

private let makeBatchMatMul: OpDefinition.Construction = { (construction) throws(Status) in
    let general = try makeGeneralProduct(construction, isBatched: true)
    guard construction.node.op != "BatchMatMul" else { return general }
    return try FusedMatMulKernel.make(construction, .none, isBatched: true, else: general)
}

/// The kernel for all element types and shapes, which packs nothing.
func makeGeneralProduct(_ construction: KernelConstruction, isBatched: Bool) throws(Status) -> any Kernel {
    let attributes = construction.attributes
    guard isBatched else {
        let a: MatrixTransposition = try attributes.bool("transpose_a", default: false) ? .transposed : .none
        let b: MatrixTransposition = try attributes.bool("transpose_b", default: false) ? .transposed : .none
        return try makeProductKernel(construction, a, b, .single)
    }
    let a: MatrixTransposition = try attributes.bool("adj_x", default: false) ? .adjoint : .none
    let b: MatrixTransposition = try attributes.bool("adj_y", default: false) ? .adjoint : .none
    let output = try attributes.type("Tout", default: try construction.input(0).dataType)
    guard try construction.input(0).dataType == output, try construction.input(1).dataType == output else {
        throw construction.unsupported(output, "Tout")
    }
    let batching: Batching = construction.node.op == "BatchMatMul" ? .equalBatches : .broadcast
    return try makeProductKernel(construction, a, b, batching)
}

private func makeProductKernel(
    _ construction: KernelConstruction, _ a: MatrixTransposition, _ b: MatrixTransposition, _ batching: Batching
) throws(Status) -> any Kernel {
    switch try construction.input(0).dataType {
    case .float: return try specialized(MatMulKernel<Float>(construction, a, b, batching))
    case .double: return try specialized(MatMulKernel<Double>(construction, a, b, batching))
    case .half: return try specialized(MatMulKernel<Half>(construction, a, b, batching))
    case .bfloat16: return try specialized(MatMulKernel<BFloat16>(construction, a, b, batching))
    case .int16 where batching != .single: return try specialized(MatMulKernel<Int16>(construction, a, b, batching))
    case .int32: return try specialized(MatMulKernel<Int32>(construction, a, b, batching))
    case .int64: return try specialized(MatMulKernel<Int64>(construction, a, b, batching))
    case .complex64: return try specialized(MatMulKernel<Complex<Float>>(construction, a, b, batching))
    case .complex128: return try specialized(MatMulKernel<Complex<Double>>(construction, a, b, batching))
    case let other: throw construction.unsupported(other)
    }
}

/// What the dimensions before the last two may be.
private enum Batching {
    /// There are none: `MatMul`.
    case single
    /// The same in both inputs: `BatchMatMul`.
    case equalBatches
    /// Broadcast: `BatchMatMulV2` and later.
    case broadcast
}

private final class MatMulKernel<Element: MatrixElement>: Kernel {
    private let aTransposition: MatrixTransposition
    private let bTransposition: MatrixTransposition
    private let batching: Batching
    /// The second input in the type that products are computed in, if it is a constant of a narrow type.
    private let wideWeights: Tensor?

    init(
        _ construction: KernelConstruction, _ a: MatrixTransposition, _ b: MatrixTransposition, _ batching: Batching
    ) throws(Status) {
        try Element.Wide.prepareProducts()
        aTransposition = a
        bTransposition = b
        self.batching = batching
        wideWeights = Element.isNarrow ? try Element.widenedConstant(try construction.input(1).constant) : nil
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let a = context.input(0)
        let b = context.input(1)
        let batch = try batchShape(a.shape, b.shape)
        let (m, aTerms) = sizes(of: a.shape, swapped: aTransposition != .none)
        let (bTerms, n) = sizes(of: b.shape, swapped: bTransposition != .none)
        guard aTerms == bTerms else { throw mismatch(a.shape, b.shape) }
        guard let shape = TensorShape(validating: batch.dimensions + [m, n]) else {
            throw .invalidArgument("the product of \(a.shape) and \(b.shape) is too large")
        }
        let output = try context.allocateOutput(0, Element.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let result = Element.isNarrow ? try context.allocateTemporary(Element.Wide.dataType, shape) : output
        let left = try Element.widened(a, in: context)
        let right = if let wideWeights { wideWeights } else { try Element.widened(b, in: context) }
        let product = MatrixProduct(
            m: m, n: n, k: aTerms, a: left.pointer(Element.Wide.self), aTransposition,
            b: right.pointer(Element.Wide.self), bTransposition, c: result.pointer(Element.Wide.self))
        try product.checkSizes()
        product.run(
            batch: BatchLayout(leading(a.shape), in: batch, matrixSize: m * aTerms),
            BatchLayout(leading(b.shape), in: batch, matrixSize: bTerms * n), in: context)
        guard Element.isNarrow else { return }
        Element.narrow(
            result.pointer(Element.Wide.self), to: output.pointer(Element.self), count: shape.elementCount)
    }

    private func leading(_ shape: TensorShape) -> TensorShape {
        var result = TensorShape()
        for index in 0..<shape.rank - 2 { result = result.inserting(shape[index], at: index) ?? result }
        return result
    }

    private func sizes(of shape: TensorShape, swapped: Bool) -> (Int, Int) {
        let rows = shape[shape.rank - 2]
        let columns = shape[shape.rank - 1]
        return swapped ? (columns, rows) : (rows, columns)
    }
}

// Checks with TensorFlow's texts.
extension MatMulKernel {
    /// The leading dimensions of the result.
    private func batchShape(_ a: TensorShape, _ b: TensorShape) throws(Status) -> TensorShape {
        if batching != .broadcast {
            guard a.rank == b.rank else {
                throw .invalidArgument("In[0] and In[1] has different ndims: \(a) vs. \(b)")
            }
            if batching == .single {
                guard a.rank == 2 else { throw .invalidArgument("In[0] and In[1] ndims must be == 2: \(a.rank)") }
                return []
            }
            guard a.rank >= 2 else { throw .invalidArgument("In[0] and In[1] ndims must be >= 2: \(a.rank)") }
            for index in 0..<a.rank - 2 where a[index] != b[index] {
                throw .invalidArgument(
                    "In[0].dim(\(index)) and In[1].dim(\(index)) must be the same: \(a) vs \(b)")
            }
        }
        guard a.rank >= 2 else { throw .invalidArgument("In[0] ndims must be >= 2: \(a.rank)") }
        guard b.rank >= 2 else { throw .invalidArgument("In[1] ndims must be >= 2: \(b.rank)") }
        guard let batch = broadcast(leading(a), leading(b)) else {
            throw .invalidArgument("In[0] and In[1] must have compatible batch dimensions: \(a) vs. \(b)")
        }
        return batch
    }

    private func broadcast(_ a: TensorShape, _ b: TensorShape) -> TensorShape? {
        let longer = a.rank >= b.rank ? a : b
        let shorter = a.rank >= b.rank ? b : a
        var result = longer
        for index in 0..<shorter.rank {
            let position = longer.rank - shorter.rank + index
            if shorter[index] == longer[position] || shorter[index] == 1 { continue }
            guard longer[position] == 1 else { return nil }
            result[position] = shorter[index]
        }
        return result
    }

    private func mismatch(_ a: TensorShape, _ b: TensorShape) -> Status {
        .invalidArgument("Matrix size-incompatible: In[0]: \(a), In[1]: \(b)")
    }
}
