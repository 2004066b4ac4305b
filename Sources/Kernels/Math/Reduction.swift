import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// Ops that reduce over the axes of input 1, attribute `keep_dims`.
let reductionOps: [OpDefinition] = [
    reductionOp("Sum") { reductionLoop(SumReduction.self, $0, VectorReduction(ReductionKernels.current.sum)) },
    reductionOp("Mean") {
        reductionLoop(MeanReduction.self, $0, VectorReduction(ReductionKernels.current.sum, isMean: true))
    },
    reductionOp("Prod") { reductionLoop(ProdReduction.self, $0) },
    reductionOp("Max") { reductionLoop(MaxReduction.self, $0, VectorReduction(ReductionKernels.current.maximum)) },
    reductionOp("Min") { reductionLoop(MinReduction.self, $0, VectorReduction(ReductionKernels.current.minimum)) },
    reductionOp("EuclideanNorm") { reductionLoop(EuclideanNormReduction.self, $0) },
    reductionOp("All") { $0 == .bool ? reductionLoop(AllReducer.self) : nil },
    reductionOp("Any") { $0 == .bool ? reductionLoop(AnyReducer.self) : nil },
]

private func reductionOp(_ name: String, _ loop: @escaping @Sendable (DataType) -> ReductionLoop?) -> OpDefinition {
    OpDefinition(name, infer: inferReduction) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        guard let loop = loop(type) else { throw construction.unsupported(type) }
        let keeps = try construction.attributes.bool("keep_dims", default: false)
        return ReductionKernel(loop, axes: try IntegerInput(construction, 1), keepsDimensions: keeps)
    }
}

/// - Parameter vectors: the same for `Float` elements, if there is such.
private func reductionLoop<F: ReductionFunction>(
    _: F.Type, _ type: DataType, _ vectors: VectorReduction? = nil
) -> ReductionLoop? {
    switch type {
    case .float:
        if let vectors {
            vectors.loop(otherwise: reductionLoop(RealReducer<F, Float>.self))
        } else {
            reductionLoop(RealReducer<F, Float>.self)
        }
    case .double: reductionLoop(RealReducer<F, Double>.self)
    case .half: reductionLoop(RealReducer<F, Half>.self)
    case .bfloat16: reductionLoop(RealReducer<F, BFloat16>.self)
    case .int8: reductionLoop(IntegerReducer<F, Int8>.self)
    case .int16: reductionLoop(IntegerReducer<F, Int16>.self)
    case .int32: reductionLoop(IntegerReducer<F, Int32>.self)
    case .int64: reductionLoop(IntegerReducer<F, Int64>.self)
    case .uint8: reductionLoop(IntegerReducer<F, UInt8>.self)
    case .uint16: reductionLoop(IntegerReducer<F, UInt16>.self)
    case .uint32: reductionLoop(IntegerReducer<F, UInt32>.self)
    case .uint64: reductionLoop(IntegerReducer<F, UInt64>.self)
    case .complex64: F.kinds.contains(.complex) ? reductionLoop(ComplexReducer<F, Float>.self) : nil
    case .complex128: F.kinds.contains(.complex) ? reductionLoop(ComplexReducer<F, Double>.self) : nil
    default: nil
    }
}

/// Which dimensions `axes` name, as bits.
func reducedDimensions(_ axes: [Int], rank: Int) throws(Status) -> Int {
    var bits = 0
    for axis in axes {
        guard let index = normalizedAxis(axis, rank: rank) else {
            throw .invalidArgument("Invalid reduction dimension (\(axis) for input with \(rank) dimension(s)")
        }
        guard bits >> index & 1 == 0 else {
            throw .invalidArgument("Invalid reduction arguments: Axes contains duplicate dimension: \(index)")
        }
        bits |= 1 << index
    }
    return bits
}

private func inferReduction(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let keeps = try facts.attributes.bool("keep_dims", default: false)
    guard let sizes = input.shape.dimensions else { return [TensorFact(input.dataType)] }
    guard let axes = try facts.constantIntegers(1) else {
        return [TensorFact(input.dataType, keeps ? .unknown(rank: sizes.count) : .unknown)]
    }
    let bits = try reducedDimensions(axes, rank: sizes.count)
    var result: [Int] = []
    for (index, size) in sizes.enumerated() {
        if bits >> index & 1 == 0 { result.append(size) } else if keeps { result.append(1) }
    }
    return [TensorFact(input.dataType, PartialShape(result))]
}

private final class ReductionKernel: Kernel {
    private let loop: ReductionLoop
    private let axes: IntegerInput
    private let keepsDimensions: Bool

    init(_ loop: @escaping ReductionLoop, axes: IntegerInput, keepsDimensions: Bool) {
        self.loop = loop
        self.axes = axes
        self.keepsDimensions = keepsDimensions
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let bits = try reducedDimensions(axes.read(context), rank: input.shape.rank)
        var sizes: [Int] = []
        for index in 0..<input.shape.rank {
            if bits >> index & 1 == 0 { sizes.append(input.shape[index]) } else if keepsDimensions { sizes.append(1) }
        }
        let output = try context.allocateOutput(0, input.dataType, TensorShape(sizes))
        guard output.elementCount > 0 else { return }
        var plan = ReductionPlan(input.shape) { bits >> $0 & 1 == 1 }
        let source = UnsafeRawPointer(input.buffer.base)
        let target = output.buffer.base
        let loop = loop
        plan.split(over: context.threadCount)
        let chosen = plan
        if plan.reducesInnermost {
            context.parallelFor(plan.outerCount, cost: 3 + Double(plan.elementCount) * 0.1) {
                loop(source, target, chosen, $0)
            }
        } else {
            let cost = Double(plan.innerCount * min(plan.columns, 2 * plan.blockColumns)) * 0.1
            context.parallelFor(plan.outerCount * plan.blocks, cost: cost) { loop(source, target, chosen, $0) }
        }
    }
}
