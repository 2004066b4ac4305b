import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// `Select` (condition of the same shape, a scalar, or one for each row), `SelectV2` (with broadcasting) and `Where`
/// (the places of the elements that are not zero).
let selectOps: [OpDefinition] = [
    OpDefinition("Select", infer: inferSelect) { (construction) throws(Status) in
        try requireCondition(construction)
        return SelectKernel(broadcasts: false, elementSize: try construction.input(1).dataType.byteCount)
    },
    OpDefinition("SelectV2", infer: inferSelect) { (construction) throws(Status) in
        try requireCondition(construction)
        return SelectKernel(broadcasts: true, elementSize: try construction.input(1).dataType.byteCount)
    },
    OpDefinition("Where", infer: inferWhere) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        guard let test = nonzeroTest(type) else { throw construction.unsupported(type) }
        return WhereKernel(test)
    },
]

// MARK: Select

private func inferSelect(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    let (condition, a, b) = (try facts.input(0), try facts.input(1), try facts.input(2))
    guard facts.node.op == "SelectV2" else {
        return [TensorFact(a.dataType, a.shape.dimensions == nil ? b.shape : a.shape)]
    }
    return [TensorFact(a.dataType, try Inference.broadcast(condition.shape, Inference.broadcast(a.shape, b.shape)))]
}

private func requireCondition(_ construction: KernelConstruction) throws(Status) {
    let (condition, a, b) = (try construction.input(0), try construction.input(1), try construction.input(2))
    guard condition.dataType == .bool else {
        throw .invalidArgument("the condition must be bool, not \(condition.dataType.name)")
    }
    guard a.dataType == b.dataType else {
        throw .invalidArgument("\(construction.node.op) has inputs of types \(a.dataType.name) and \(b.dataType.name)")
    }
}

/// Chooses the elements of a block.
private typealias SelectLoop =
    @Sendable (
        _ condition: UnsafePointer<UInt8>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer,
        _ block: Broadcast.Block
    ) -> Void

private func selectLoop<E: BitwiseCopyable>(_: E.Type) -> SelectLoop {
    { condition, a, b, target, block in
        let condition = condition + block.offsets[0]
        let a = a.assumingMemoryBound(to: E.self) + block.offsets[1]
        let b = b.assumingMemoryBound(to: E.self) + block.offsets[2]
        let target = target.assumingMemoryBound(to: E.self) + block.target
        let (c1, a1, b1) = (block.columnStrides[0], block.columnStrides[1], block.columnStrides[2])
        for row in 0..<block.rows {
            let c = condition + row &* block.rowStrides[0]
            let x = a + row &* block.rowStrides[1]
            let y = b + row &* block.rowStrides[2]
            let z = target + row &* block.columns
            if c1 == 1 && a1 == 1 && b1 == 1 {
                for index in 0..<block.columns { z[index] = c[index] != 0 ? x[index] : y[index] }
            } else {
                for index in 0..<block.columns { z[index] = c[index &* c1] != 0 ? x[index &* a1] : y[index &* b1] }
            }
        }
    }
}

private final class SelectKernel: Kernel {
    private let broadcasts: Bool
    private let loop: SelectLoop

    init(broadcasts: Bool, elementSize: Int) {
        self.broadcasts = broadcasts
        loop =
            switch elementSize {
            case 1: selectLoop(UInt8.self)
            case 2: selectLoop(UInt16.self)
            case 4: selectLoop(UInt32.self)
            case 8: selectLoop(UInt64.self)
            default: selectLoop(ElementReference.self)
            }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (condition, a, b) = (context.input(0), context.input(1), context.input(2))
        var conditionShape = condition.shape
        let shape: TensorShape
        if broadcasts {
            guard let inner = Broadcast.merged(a.shape, b.shape), let merged = Broadcast.merged(condition.shape, inner)
            else {
                throw .invalidArgument(
                    "condition \(condition.shape), then \(a.shape), and else \(b.shape) must be broadcastable")
            }
            shape = try .checked(merged.dimensions)
        } else {
            conditionShape = try rowCondition(condition.shape, a.shape, b.shape)
            shape = a.shape
        }
        let output = try context.allocateOutput(0, a.dataType, shape)
        guard shape.elementCount > 0 else { return }
        let c = UnsafePointer(condition.buffer.base.assumingMemoryBound(to: UInt8.self))
        let (x, y) = (UnsafeRawPointer(a.buffer.base), UnsafeRawPointer(b.buffer.base))
        let target = output.mutableBytes
        let loop = loop
        Broadcast(shape, conditionShape, a.shape, b.shape).forEach(context, cost: 1) { loop(c, x, y, target, $0) }
        if a.dataType.isReference {
            output.buffer.attachContents(of: a.buffer)
            output.buffer.attachContents(of: b.buffer)
        }
    }

    /// The condition's shape with ones behind it, so that it broadcasts to that of the operands.
    private func rowCondition(_ condition: TensorShape, _ a: TensorShape, _ b: TensorShape) throws(Status)
        -> TensorShape
    {
        guard a == b else {
            throw .invalidArgument(
                "'then' and 'else' must have the same size.  but received: \(a) vs. \(b)")
        }
        if condition.rank == 0 || condition == a { return condition }
        guard condition.rank == 1 else {
            throw .invalidArgument(
                "'cond' must be a scalar, a vector, or have the same shape as 'then', but saw shape \(condition)")
        }
        guard a.rank >= 1 else {
            throw .invalidArgument("'then' must be at least a vector, but saw shape: \(a)")
        }
        guard condition[0] == a[0] else {
            throw .invalidArgument(
                "Number of batches of 'then' must match size of 'cond', but saw: \(a[0]) vs. \(condition[0])")
        }
        return TensorShape([condition[0]] + [Int](repeating: 1, count: a.rank - 1))
    }
}

// MARK: Where

private func inferWhere(_ facts: NodeFacts) throws(Status) -> [TensorFact] {
    [TensorFact(.int64, PartialShape([-1, try facts.input(0).shape.rank ?? -1]))]
}

/// Whether element `index` is not zero.
private typealias NonzeroTest = @Sendable (_ base: UnsafeRawPointer, _ index: Int) -> Bool

private func nonzeroTest(_ type: DataType) -> NonzeroTest? {
    func integer<I: FixedWidthInteger & BitwiseCopyable & Sendable>(_: I.Type) -> NonzeroTest {
        { base, index in base.assumingMemoryBound(to: I.self)[index] != 0 }
    }
    func real<E: RealElement>(_: E.Type) -> NonzeroTest {
        { base, index in base.assumingMemoryBound(to: E.self)[index].wide != 0 }
    }
    return switch type {
    case .bool, .int8, .uint8: integer(UInt8.self)
    case .int16, .uint16: integer(UInt16.self)
    case .int32, .uint32: integer(UInt32.self)
    case .int64, .uint64: integer(UInt64.self)
    case .float: real(Float.self)
    case .double: real(Double.self)
    case .half: real(Half.self)
    case .bfloat16: real(BFloat16.self)
    case .complex64:
        { base, index in
            let x = base.assumingMemoryBound(to: Complex<Float>.self)[index]
            return x.real != 0 || x.imaginary != 0
        }
    case .complex128:
        { base, index in
            let x = base.assumingMemoryBound(to: Complex<Double>.self)[index]
            return x.real != 0 || x.imaginary != 0
        }
    default: nil
    }
}

private final class WhereKernel: Kernel {
    private let isNonzero: NonzeroTest

    init(_ isNonzero: @escaping NonzeroTest) { self.isNonzero = isNonzero }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let base = UnsafeRawPointer(input.buffer.base)
        var count = 0
        for index in 0..<input.elementCount where isNonzero(base, index) { count += 1 }
        let rank = input.shape.rank
        guard rank > 0 else { throw .invalidArgument("WhereOp : Unhandled input dimensions: 0") }
        let output = try context.allocateOutput(0, .int64, [count, rank])
        var target = output.pointer(Int64.self)
        for index in 0..<input.elementCount where isNonzero(base, index) {
            var rest = index
            for dimension in (0..<rank).reversed() {
                target[dimension] = Int64(rest % input.shape[dimension])
                rest /= input.shape[dimension]
            }
            target += rank
        }
    }
}
