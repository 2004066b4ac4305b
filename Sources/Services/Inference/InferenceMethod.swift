import Graphs
import ServingCore
import Tensors

/// What is made of the outputs of a signature that takes examples: classes with scores, or one number for each example.
enum InferenceMethod: Sendable {
    case classify
    case regress

    /// The method that a task names. Throws UNIMPLEMENTED for any other.
    init(name: String) throws(Status) {
        switch name {
        case InferenceMethod.classify.name: self = .classify
        case InferenceMethod.regress.name: self = .regress
        default: throw .unimplemented("Unsupported signature method_name: \(name)")
        }
    }

    /// The name in signatures and tasks.
    var name: String { self == .classify ? "tensorflow/serving/classify" : "tensorflow/serving/regress" }

    private var noun: String { self == .classify ? "classification" : "regression" }

    static let input = "inputs"
    static let classes = "classes"
    static let scores = "scores"
    static let values = "outputs"

    /// The outputs of `signature` that the method reads, classes before scores.
    ///
    /// Throws INVALID_ARGUMENT in TensorFlow Serving's order of checks and with its texts.
    func outputs(of signature: Signature, checksMethodName: Bool) throws(Status) -> [String] {
        guard !checksMethodName || signature.methodName == name else {
            throw .invalidArgument(
                "Expected \(noun) signature method_name to be \(name). Was: \(signature.methodName)")
        }
        guard signature.inputs.count == 1 else { throw .invalidArgument("Expected one input Tensor.") }
        switch self {
        case .classify: return try classificationOutputs(of: signature)
        case .regress: return try regressionOutputs(of: signature)
        }
    }

    private func checkInput(_ signature: Signature) throws(Status) {
        guard signature.inputs[InferenceMethod.input] != nil else {
            throw .invalidArgument("No \(noun) inputs found in SignatureDef: \(signature.debugText)")
        }
    }

    private func classificationOutputs(of signature: Signature) throws(Status) -> [String] {
        guard (1...2).contains(signature.outputs.count) else {
            throw .invalidArgument("Expected one or two output Tensors, found \(signature.outputs.count)")
        }
        try checkInput(signature)
        let outputs = [InferenceMethod.classes, InferenceMethod.scores].filter { signature.outputs[$0] != nil }
        guard !outputs.isEmpty else {
            throw .invalidArgument(
                "Expected classification signature outputs to contain at least one of \"classes\" or \"scores\". "
                    + "Signature was: \(signature.debugText)")
        }
        return outputs
    }

    private func regressionOutputs(of signature: Signature) throws(Status) -> [String] {
        guard signature.outputs.count == 1 else { throw .invalidArgument("Expected one output Tensor.") }
        try checkInput(signature)
        guard signature.outputs[InferenceMethod.values] != nil else {
            throw .invalidArgument("No regression outputs found in SignatureDef: \(signature.debugText)")
        }
        return [InferenceMethod.values]
    }
}

extension Signature {
    /// The signature as protobuf prints a `tensorflow.SignatureDef`.
    var debugText: String {
        var text = ""
        for (field, ports) in [("inputs", inputs), ("outputs", outputs)] {
            for (alias, port) in ports.sorted(by: { $0.key < $1.key }) {
                text += "\(field) {\n  key: \"\(alias)\"\n  value {\n\(port.debugText)  }\n}\n"
            }
        }
        return methodName.isEmpty ? text : text + "method_name: \"\(methodName)\"\n"
    }
}

extension Signature.Port {
    fileprivate var debugText: String {
        let head = "    name: \"\(tensorName)\"\n    dtype: \(dataType.protoName)\n    tensor_shape {\n"
        guard let dimensions = shape.dimensions else { return head + "      unknown_rank: true\n    }\n" }
        let sizes = dimensions.map { size in
            size == 0 ? "      dim {\n      }\n" : "      dim {\n        size: \(size)\n      }\n"
        }
        return head + sizes.joined() + "    }\n"
    }
}
