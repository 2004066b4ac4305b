import Execution
import Graphs
import ServingCore
import Tensors

/// `InTopK` and `InTopKV2`: whether the prediction for each target is among the k largest of its row.
let inTopKOps: [OpDefinition] = ["InTopK", "InTopKV2"].map { name in
    OpDefinition(
        name,
        infer: { (facts) throws(Status) in
            [TensorFact(.bool, PartialShape([try facts.input(1).shape.size(0) ?? -1]))]
        },
        makeKernel: { (construction) throws(Status) in
            guard try construction.input(0).dataType == .float else {
                throw construction.unsupported(try construction.input(0).dataType)
            }
            let type = try construction.input(1).dataType
            guard type == .int32 || type == .int64 else { throw construction.unsupported(type) }
            return InTopKKernel(k: name == "InTopK" ? try construction.attributes.int("k") : nil)
        })
}

private final class InTopKKernel: Kernel {
    /// Nil if k is input 2.
    private let k: Int?

    init(k: Int?) { self.k = k }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let predictions = context.input(0)
        let targets = context.input(1)
        guard predictions.shape.rank == 2 else { throw .invalidArgument("predictions must be 2-dimensional") }
        guard targets.shape.rank == 1 else { throw .invalidArgument("targets must be 1-dimensional") }
        let (rows, columns) = (predictions.shape[0], predictions.shape[1])
        guard rows == targets.shape[0] else {
            throw .invalidArgument(
                "First dimension of predictions \(rows) must match length of targets \(targets.shape[0])")
        }
        let limit = try limit(context)
        let output = try context.allocateOutput(0, .bool, [rows]).pointer(Bool.self)
        for row in 0..<rows {
            let target =
                targets.dataType == .int32
                ? Int(targets.pointer(Int32.self)[row]) : Int(targets.pointer(Int64.self)[row])
            output[row] = isAmongLargest(predictions.pointer(Float.self) + row * columns, columns, target, limit)
        }
    }

    private func limit(_ context: borrowing KernelContext) throws(Status) -> Int {
        if let k { return k }
        let tensor = context.input(2)
        guard tensor.shape.rank == 0 else { throw .invalidArgument("k must be 0-D, got shape \(tensor.shape)") }
        guard let k = tensor.integers?.first else { throw .invalidArgument("k must be int32 or int64") }
        return k
    }

    /// False if the answer cannot be told because a value is not finite.
    private func isAmongLargest(_ row: UnsafePointer<Float>, _ count: Int, _ target: Int, _ limit: Int) -> Bool {
        guard target >= 0, target < count, row[target].isFinite else { return false }
        var larger = 0
        for index in 0..<count {
            guard row[index].isFinite else { return false }
            if row[index] > row[target] { larger += 1 }
        }
        return larger < limit
    }
}
