import Batching
import CServingProtos
import Graphs
import Models
import ServingCore
import ServingProtos
import Tensors

/// A `PredictRequest` on its way through a model: from the tensors in the message to the results. Requests of clients and
/// those of a warm-up take the same way.
struct Prediction {
    /// The request in the form in which it has been read.
    enum Content: @unchecked Sendable {  // the message is never written
        /// `message` is valid as long as `arena`; `byteCount` is what it took as it came.
        case unpacked(
            message: UnsafePointer<Tensorflow__Serving__PredictRequest>, byteCount: Int, arena: MessageArena)
        /// Read in place: the inputs in the runner's feeding order, and the aliases to answer.
        case plain(inputs: [TensorSource], outputs: [String])
    }

    let content: Content
    let runner: SignatureRunner

    /// What all tensors of a request may take beyond eight times its own size.
    static let expansionAllowance = 256 << 20
    private static let methodNames = ["predict", "classify", "regress"].map { "tensorflow/serving/\($0)" }

    /// The signature that a request means by `name`.
    ///
    /// Throws FAILED_PRECONDITION if `model` has none of that name, UNIMPLEMENTED if it has one that this server can't serve, and
    /// INTERNAL if its method is none that can be predicted
    /// with, which is looked at only with `checksMethodName`.
    static func runner(
        named name: String, in model: Model, checksMethodName: Bool
    ) throws(Status) -> SignatureRunner {
        guard let runner = model.runner(for: name) else {
            if let reason = model.refusedSignatures[name] {
                throw .unimplemented("Serving signature key \"\(name)\" cannot be served: \(reason.message)")
            }
            throw .failedPrecondition("Serving signature key \"\(name)\" not found.")
        }
        guard !checksMethodName || methodNames.contains(runner.signature.methodName) else {
            throw .internalError(
                "Expected prediction signature method_name to be one of {tensorflow/serving/predict, "
                    + "tensorflow/serving/classify, tensorflow/serving/regress}. Was: \(runner.signature.methodName)")
        }
        return runner
    }

    /// The signature's name in a request; empty means the default.
    static func signatureName(_ name: String) -> String { name.isEmpty ? SignatureRunner.defaultName : name }

    /// Runs the request by itself on the calling thread.
    /// - Parameters:
    ///   - arena: made by `model`. The outputs may be given back to it.
    ///   - storage: an empty array that becomes that of the outputs.
    ///   - arrival: since when the request has waited; nil: it has not.
    ///   - queue: what else would take the request, and says which inputs it takes.
    /// - Returns: the wanted outputs by alias, in the order of the request's filter.
    func run(
        on model: Model, in arena: borrowing RunArena, storage: consuming [Tensor] = [], deadline: Deadline,
        cancellation: CancellationFlag?, purpose: Model.RunPurpose = .request, arrival: Instant? = nil,
        insteadOf queue: BatchQueue? = nil
    ) throws(Status) -> (aliases: [String], answer: BatchAnswer) {
        var values = storage
        try addFeeds(to: &values, in: arena, queue)
        let outputs = try outputs()
        let answer = try model.timedRun(
            runner, feeds: consume values, outputs: outputs, in: arena, deadline: deadline, cancellation: cancellation,
            purpose: purpose, arrival: arrival)
        return (outputs, answer)
    }

    /// Appends the inputs as tensors, if `queue` would take them.
    private func addFeeds(
        to values: inout [Tensor], in arena: borrowing RunArena, _ queue: BatchQueue?
    ) throws(Status) {
        switch content {
        case .plain(let inputs, _):
            try queue?.check(inputCount: inputs.count) { inputs[$0].shape }
            values.reserveCapacity(inputs.count)
            for input in inputs { values.append(try input.tensor { arena.allocate($0, $1) }) }
        case .unpacked:
            let inputs = try inputs()
            try queue?.check(inputCount: inputs.count) { inputs[$0].shape }
            for input in inputs { values.append(try input.tensor()) }
        }
    }

    /// The aliases to answer. INVALID_ARGUMENT if the request's filter is not valid.
    func outputs() throws(Status) -> [String] {
        switch content {
        case .plain(_, let outputs): return outputs
        case .unpacked(let message, _, let arena):
            defer { withExtendedLifetime(arena) {} }
            return try runner.outputs(
                filter: Repeated.strings(message.pointee.output_filter, message.pointee.n_output_filter))
        }
    }

    /// The inputs in the runner's feeding order: checked, and still in the message.
    func inputs() throws(Status) -> [any BatchInput] {
        switch content {
        case .plain(let inputs, _): return inputs
        case .unpacked(let message, let byteCount, let arena):
            let entries = Prediction.lastOfEachKey(
                Repeated.messages(message.pointee.inputs, message.pointee.n_inputs))
            var budget = Prediction.expansionAllowance + 8 * byteCount
            return try runner.feeds(sent: entries.map { String(proto: $0.pointee.key) }) { (position) throws(Status) in
                let value = entries[position].pointee.value.map { UnsafePointer($0) }
                guard let value else { throw .invalidArgument("the input has no value") }
                let source = try TensorSource(checking: value, byteLimit: budget, owner: arena)
                budget -= source.byteCount
                return source
            }
        }
    }

    /// The elements that the inputs have by their shapes, but hardly more than `limit`.
    func declaredElements(limit: Int) -> Int {
        switch content {
        case .plain(let inputs, _): return inputs.reduce(0) { min(limit, $0 + min(limit, $1.shape.elementCount)) }
        case .unpacked(let message, _, let arena):
            defer { withExtendedLifetime(arena) {} }
            var elements = 0
            for entry in Repeated.messages(message.pointee.inputs, message.pointee.n_inputs) where elements < limit {
                let shape = entry.pointee.value?.pointee.tensor_shape.map { UnsafePointer($0) }
                elements += Prediction.declaredElements(shape, limit: limit)
            }
            return elements
        }
    }

    /// The elements of a tensor of this shape, but no more than `limit`.
    static func declaredElements(_ shape: UnsafePointer<Tensorflow__TensorShapeProto>?, limit: Int) -> Int {
        guard let shape else { return 1 }
        let sizes = Repeated.messages(shape.pointee.dim, shape.pointee.n_dim).map { $0.pointee.size }
        guard !sizes.contains(where: { $0 <= 0 }) else { return 0 }
        var product = 1
        for size in sizes {
            let (next, overflow) = product.multipliedReportingOverflow(by: Int(size))
            guard !overflow, next < limit else { return limit }
            product = next
        }
        return product
    }

    /// What the request takes beside its own bytes while it waits.
    var heldBytes: Int {
        switch content {
        case .plain: 0
        case .unpacked(_, _, let arena): arena.byteCount
        }
    }

    /// A map on the wire may name a key twice; the last entry counts.
    private static func lastOfEachKey(
        _ entries: [UnsafePointer<Tensorflow__Serving__PredictRequest__InputsEntry>]
    ) -> [UnsafePointer<Tensorflow__Serving__PredictRequest__InputsEntry>] {
        guard entries.count > 1 else { return entries }
        var seen: Set<String> = []
        return entries.reversed().filter { seen.insert(String(proto: $0.pointee.key)).inserted }
    }
}
