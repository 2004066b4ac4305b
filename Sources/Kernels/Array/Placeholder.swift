import Execution
import Graphs
import ServingCore
import Tensors

/// `Placeholder` and `PlaceholderWithDefault`, where no request feeds them: fed ones are arguments of the program.
let placeholderOps: [OpDefinition] =
    ["Placeholder", "PlaceholderV2"].map { name in
        OpDefinition(
            name, isStateful: true,
            infer: { (facts) throws(Status) in
                [TensorFact(try facts.attributes.type("dtype"), try facts.attributes.shape("shape", default: .unknown))]
            },
            makeKernel: { (construction) throws(Status) in
                UnfedPlaceholderKernel(
                    construction.node.name, try construction.attributes.type("dtype"),
                    try construction.attributes.shape("shape", default: .unknown))
            })
    } + [
        OpDefinition("PlaceholderWithDefault", infer: Inference.sameAsInput) { (_) throws(Status) in ForwardKernel() }
    ]

/// A value that only a request can give: running it is the error.
private final class UnfedPlaceholderKernel: Kernel {
    private let message: String

    init(_ name: String, _ dataType: DataType, _ shape: PartialShape) {
        let ending = (shape.rank ?? 0) > 0 ? " and shape \(shape)" : ""
        message = "You must feed a value for placeholder tensor '\(name)' with dtype \(dataType.name)\(ending)"
    }

    func compute(_ context: borrowing KernelContext) throws(Status) { throw .invalidArgument(message) }
}
