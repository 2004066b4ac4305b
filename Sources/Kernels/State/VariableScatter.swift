import Execution
import Graphs
import ServingCore
import Tensors

/// Ops that change rows of a variable: `ResourceScatter…`, and TensorFlow 1's `Scatter…`, which give the reference back.
let variableScatterOps: [OpDefinition] = scatterRules.flatMap { suffix, rule in
    [("ResourceScatter" + suffix, false), ("Scatter" + suffix, true)].map { name, isReference in
        OpDefinition(
            name, isStateful: true,
            infer: { (_) throws(Status) in isReference ? [TensorFact(.resource, PartialShape([]))] : [] },
            makeKernel: { (construction) throws(Status) in
                try ScatterKernel(construction, rule, isReference: isReference)
            })
    }
}

private let scatterRules: [(String, UpdateRule)] = [
    ("Update", .assign), ("Add", .add), ("Sub", .subtract), ("Mul", .multiply), ("Div", .divide), ("Min", .minimum),
    ("Max", .maximum),
]

private final class ScatterKernel: Kernel {
    private let update: VariableUpdate
    private let isReference: Bool

    init(_ construction: KernelConstruction, _ rule: UpdateRule, isReference: Bool) throws(Status) {
        update = try VariableUpdate(rule, try construction.input(2).dataType, construction)
        let indexType = try construction.input(1).dataType
        guard indexType == .int32 || indexType == .int64 else { throw construction.unsupported(indexType, "Tindices") }
        self.isReference = isReference
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let variable = try context.variable()
        let indices = context.input(1)
        let values = context.input(2)
        if !isReference { try update.checkDivisors(values) }
        _ = try variable.update { (old) throws(Status) in
            guard old.dataType == values.dataType else {
                throw .invalidArgument(
                    "Trying to update variable with wrong dtype. Expected \(old.dataType.name) got \(values.dataType.name)"
                )
            }
            try check(old.shape, indices.shape, values.shape)
            if isReference { try update.checkDivisors(values) }
            let new = try update.copy(old)
            if values.dataType.isReference { new.buffer.attachContents(of: values.buffer) }
            try scatter(new, indices, values)
            return new
        }
        if isReference { context.setOutput(0, context.input(0)) }
    }

    private func check(_ target: TensorShape, _ indices: TensorShape, _ values: TensorShape) throws(Status) {
        guard target.rank >= 1 else {
            throw .invalidArgument("params must be at least 1-D, got shape \(target)")
        }
        if values.rank == 0 { return }
        let isPrefix = values.rank >= indices.rank && (0..<indices.rank).allSatisfy { values[$0] == indices[$0] }
        if !isReference, !isPrefix {
            throw .invalidArgument(
                "The shape of indices (\(indices)) must be a prefix of the shape of updates (\(values))")
        }
        guard isPrefix, values.dimensions.dropFirst(indices.rank) == target.dimensions.dropFirst() else {
            throw .invalidArgument(
                "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got "
                    + "updates.shape \(values), indices.shape \(indices), params.shape \(target)")
        }
    }

    private func scatter(_ target: Tensor, _ indices: Tensor, _ values: Tensor) throws(Status) {
        let rowSize = target.shape.product(1..<target.shape.rank)
        let isScalar = values.shape.rank == 0
        for position in 0..<indices.elementCount {
            let row = indices.index(at: position)
            guard row >= 0, row < target.shape[0] else {
                throw .invalidArgument(
                    "indices\(indices.shape.coordinates(of: position)) = \(row) is not in [0, \(target.shape[0]))")
            }
            update.apply(
                to: target, row * rowSize, values, isScalar ? 0 : position * rowSize, repeating: isScalar,
                count: rowSize)
        }
    }
}

extension Tensor {
    /// Element `position` of an `int32` or `int64` tensor.
    @inline(__always)
    func index(at position: Int) -> Int {
        dataType == .int32 ? Int(pointer(Int32.self)[position]) : Int(pointer(Int64.self)[position])
    }
}

extension TensorShape {
    /// Where element `position` stands, as `[1,0]`; nothing for a scalar.
    func coordinates(of position: Int) -> String {
        guard rank > 0 else { return "" }
        var rest = position
        var result = [Int](repeating: 0, count: rank)
        for dimension in stride(from: rank - 1, through: 0, by: -1) where self[dimension] > 0 {
            result[dimension] = rest % self[dimension]
            rest /= self[dimension]
        }
        return "[" + result.map(String.init).joined(separator: ",") + "]"
    }
}
