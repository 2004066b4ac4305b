import CServingProtos
import Models
import Servables
import ServingCore
import ServingProtos

/// A Classify, Regress or MultiInference request without its examples: which model it asks, what is run there, and how the
/// answer is written. Clients' requests and those of a warm-up file are both read by it.
protocol InferenceRequest: ProtoMessage, SendableMetatype {
    /// Whether field 1, which says what is asked for, may be given several times; then each is a task of its own.
    static var headIsRepeated: Bool { get }
    /// What the request is logged as.
    static var call: ObservedPrediction.Call { get }

    /// The signatures that are asked for, in order.
    var signatureNames: [String] { get }

    /// The model that is asked.
    func model() throws(Status) -> ModelRequest

    /// What is run on `model`.
    func inferences(on model: Model, checksMethodNames: Bool) throws(Status) -> [Inference]

    /// The answer from a result for each of `inferences`.
    static func answer(_ inferences: [Inference], _ results: [InferenceResult], _ id: ServableID) -> WireAnswer
}

/// A request with one signature, whose answer is its result (field 1) and the ModelSpec that was used (field 2).
protocol SingleInferenceRequest: InferenceRequest {
    static var method: InferenceMethod { get }
    var spec: UnsafePointer<Tensorflow__Serving__ModelSpec>? { get }
}

extension SingleInferenceRequest {
    static var headIsRepeated: Bool { false }

    func model() throws(Status) -> ModelRequest { try ModelRequest(spec) }

    var signatureNames: [String] {
        [Prediction.signatureName(spec.map { String(proto: $0.pointee.signature_name) } ?? "")]
    }

    func inferences(on model: Model, checksMethodNames: Bool) throws(Status) -> [Inference] {
        try signatureNames.map { (name) throws(Status) in
            try Inference(Self.method, signatureName: name, in: model, checksMethodName: checksMethodNames)
        }
    }

    static func answer(_ inferences: [Inference], _ results: [InferenceResult], _ id: ServableID) -> WireAnswer {
        guard let inference = inferences.first, let result = results.first else { return WireAnswer([]) }
        let spec = inference.modelSpec(id)
        let length = result.byteCount
        let size = WireWriter.size(field: 1, length: length) + WireWriter.size(field: 2, length: spec.count)
        return WireAnswer(byteCount: size) { memory in
            var writer = WireWriter(into: memory)
            writer.appendHeader(field: 1, length: length)
            result.write(to: &writer)
            writer.append(field: 2, message: spec)
        }
    }
}

extension Tensorflow__Serving__ClassificationRequest: SingleInferenceRequest {
    static var method: InferenceMethod { .classify }
    static var call: ObservedPrediction.Call { .classify }
    var spec: UnsafePointer<Tensorflow__Serving__ModelSpec>? { model_spec.map { UnsafePointer($0) } }
}

extension Tensorflow__Serving__RegressionRequest: SingleInferenceRequest {
    static var method: InferenceMethod { .regress }
    static var call: ObservedPrediction.Call { .regress }
    var spec: UnsafePointer<Tensorflow__Serving__ModelSpec>? { model_spec.map { UnsafePointer($0) } }
}

extension Tensorflow__Serving__MultiInferenceRequest: InferenceRequest {
    static var headIsRepeated: Bool { true }
    static var call: ObservedPrediction.Call { .multiInference }

    private var taskList: [UnsafePointer<Tensorflow__Serving__InferenceTask>] { Repeated.messages(tasks, n_tasks) }

    var signatureNames: [String] {
        taskList.map { task in
            Prediction.signatureName(task.pointee.model_spec.map { String(proto: $0.pointee.signature_name) } ?? "")
        }
    }

    /// The first task chooses the model; the versions of the others do not matter.
    func model() throws(Status) -> ModelRequest {
        guard let spec = taskList.first?.pointee.model_spec else {
            throw .invalidArgument("ModelSpec has no name specified.")
        }
        return try ModelRequest(UnsafePointer(spec))
    }

    func inferences(on model: Model, checksMethodNames: Bool) throws(Status) -> [Inference] {
        var inferences: [Inference] = []
        let modelName = taskList.first?.pointee.model_spec.map { String(proto: $0.pointee.name) } ?? ""
        for task in taskList {
            let spec = task.pointee.model_spec.map { ModelRequest(unchecked: UnsafePointer($0)) }
            guard let spec, !spec.name.isEmpty else {
                throw .invalidArgument("Found ModelSpec with an empty model name.")
            }
            guard spec.name == modelName else {
                throw .invalidArgument("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
            }
            let signatureName = Prediction.signatureName(spec.signatureName)
            guard !inferences.contains(where: { $0.signatureName == signatureName }) else {
                throw .invalidArgument("Duplicate evaluation of signature: \(signatureName)")
            }
            inferences.append(try inference(task.pointee, signatureName, model, checksMethodNames))
        }
        return inferences
    }

    private func inference(
        _ task: Tensorflow__Serving__InferenceTask, _ signatureName: String, _ model: Model, _ checksMethodName: Bool
    ) throws(Status) -> Inference {
        let missing = "Requested signature not found in model graph: "
        guard model.runner(for: signatureName) != nil || model.refusedSignatures[signatureName] != nil else {
            throw .invalidArgument(missing + signatureName)
        }
        return try Inference(
            try InferenceMethod(name: String(proto: task.method_name)), signatureName: signatureName, in: model,
            checksMethodName: checksMethodName, missing: missing)
    }

    /// Results in the order of the tasks: ModelSpec (field 1) and classification (2) or regression (3).
    static func answer(_ inferences: [Inference], _ results: [InferenceResult], _ id: ServableID) -> WireAnswer {
        let entries = zip(inferences, results).map { inference, result in
            let spec = inference.modelSpec(id)
            let length = result.byteCount
            let size =
                WireWriter.size(field: 1, length: spec.count) + WireWriter.size(field: result.taskField, length: length)
            return (spec: spec, result: result, length: length, size: size)
        }
        let size = entries.reduce(0) { $0 + WireWriter.size(field: 1, length: $1.size) }
        return WireAnswer(byteCount: size) { memory in
            var writer = WireWriter(into: memory)
            for entry in entries {
                writer.appendHeader(field: 1, length: entry.size)
                writer.append(field: 1, message: entry.spec)
                writer.appendHeader(field: entry.result.taskField, length: entry.length)
                entry.result.write(to: &writer)
            }
        }
    }
}
