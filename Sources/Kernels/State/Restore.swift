import Execution
import Graphs
import ServingCore
import Tensors

/// `RestoreV2`, and `Restore` and `RestoreSlice` of older graphs: tensors of a checkpoint.
let restoreOps: [OpDefinition] = [
    OpDefinition(
        "RestoreV2", isStateful: true,
        infer: { (facts) throws(Status) in try facts.attributes.types("dtypes").map { TensorFact($0) } },
        makeKernel: { (construction) throws(Status) in
            RestoreKernel(try construction.attributes.types("dtypes"), hasSlices: true)
        }),
    OpDefinition("Restore", isStateful: true, infer: Inference.type("dt")) { (construction) throws(Status) in
        RestoreKernel([try construction.attributes.type("dt")], hasSlices: false)
    },
    OpDefinition("RestoreSlice", isStateful: true, infer: Inference.type("dt")) { (construction) throws(Status) in
        RestoreKernel([try construction.attributes.type("dt")], hasSlices: true)
    },
]

private final class RestoreKernel: Kernel {
    private let dataTypes: [DataType]
    private let hasSlices: Bool

    init(_ dataTypes: [DataType], hasSlices: Bool) {
        self.dataTypes = dataTypes
        self.hasSlices = hasSlices
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let prefix = try texts(context, 0, count: 1, "prefix")[0]
        let names = try texts(context, 1, count: dataTypes.count, "tensor_names")
        let slices =
            hasSlices
            ? try texts(context, 2, count: dataTypes.count, "shape_and_slices")
            : [String](repeating: "", count: names.count)
        let checkpoint = try context.environment.checkpoint(prefix: prefix)
        checkpoint.prepare(names)
        for index in names.indices {
            let tensor =
                slices[index].isEmpty
                ? try checkpoint.tensor(named: names[index])
                : try checkpoint.tensor(named: names[index], shapeAndSlice: slices[index])
            guard tensor.dataType == dataTypes[index] else {
                throw .invalidArgument(
                    "tensor_name = \(names[index]); expected dtype \(dataTypes[index].name) does not equal original "
                        + "dtype \(tensor.dataType.name)")
            }
            context.setOutput(index, tensor)
        }
    }

    private func texts(
        _ context: borrowing KernelContext, _ input: Int, count: Int, _ name: String
    ) throws(Status) -> [String] {
        let tensor = context.input(input)
        guard tensor.dataType == .string, tensor.elementCount == count else {
            throw .invalidArgument(
                "Input \(input) (\(name)) must hold \(count) strings, but is a \(tensor.dataType.name) tensor of "
                    + "shape \(tensor.shape)")
        }
        return tensor.texts
    }
}
