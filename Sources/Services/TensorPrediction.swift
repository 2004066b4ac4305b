import Batching
import Models
import Servables
import ServingCore
import ServingProtos
import Tensors

/// A `TensorCall` whose model is known and whose inputs have been made, from here to its answer.
struct TensorPrediction: Sendable {
    let call: TensorCall
    let loaded: LoadedModel
    let runner: SignatureRunner
    /// In the runner's feeding order.
    let inputs: [Tensor]
    /// What is known before it is computed.
    let facts: ServingFacts

    /// Throws INVALID_ARGUMENT, with Predict's texts, if the inputs of `feed` are not those of the signature.
    init(_ call: TensorCall, _ loaded: LoadedModel, _ feed: TensorCall.Feed, _ facts: ServingFacts) throws(Status) {
        self.call = call
        self.loaded = loaded
        self.facts = facts
        runner = feed.runner
        // A name that is given twice counts once, as in a message.
        var seen: Set<String> = []
        let sent = feed.inputs.reversed().filter { seen.insert($0.alias).inserted }
        inputs = try runner.feeds(sent: sent.map(\.alias)) { (position) throws(Status) in sent[position].value }
            .map { (input) throws(Status) in try input.tensor() }
    }

    /// What the inputs take while they wait.
    var heldBytes: Int { inputs.reduce(0) { $0 + $1.byteCount } }

    /// The outputs with their names.
    func named(_ outputs: [Tensor]) -> [(alias: String, value: Tensor)] {
        zip(runner.outputAliases, outputs).map { (alias: $0, value: $1) }
    }

    // MARK: As messages

    /// The call as a `PredictRequest`. Throws UNIMPLEMENTED if an input can't be written into a message.
    func encodedRequest() throws(Status) -> [UInt8] {
        var spec = WireWriter()
        spec.append(field: 1, string: call.model.name)
        switch call.model.choice {
        case .latest: break
        case .specific(let version):
            var number = WireWriter()
            number.append(field: 1, integer: version)
            spec.append(field: 2, message: number.bytes)
        case .label(let label): spec.append(field: 4, string: label)
        }
        spec.append(field: 3, string: facts.signatureName)
        var writer = WireWriter()
        writer.append(field: 1, message: spec.bytes)
        for (input, value) in zip(runner.inputs, inputs) {
            var entry = WireWriter()
            entry.append(field: 1, string: input.alias)
            try TensorEncoding(value, form: .content).write(field: 2, to: &entry)
            writer.append(field: 2, message: entry.bytes)
        }
        return writer.bytes
    }

    /// The answer as a `PredictResponse`. Throws UNIMPLEMENTED if an output can't be written into a message.
    func encodedAnswer(_ outputs: [Tensor], form: TensorForm) throws(Status) -> WireAnswer {
        let tensors = try outputs.map { (tensor) throws(Status) in try TensorEncoding(tensor, form: form) }
        let spec = ModelSpecEncoding.encode(
            name: facts.model, version: loaded.handle.id.version, signatureName: facts.signatureName)
        return WireAnswer(PredictResponseEncoding(runner.outputAliases, tensors, modelSpec: spec))
    }
}
