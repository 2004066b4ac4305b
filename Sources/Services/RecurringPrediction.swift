import Models
import Servables
import ServingCore
import ServingProtos

/// What was found out about a Predict request, for all that ask for the same: those with the same bytes for the model, the
/// signature and the outputs.
///
/// It keeps nothing loaded: the model may be used only by who has got a visit for the ticket.
final class RecurringPrediction: @unchecked Sendable {  // never changes, and the model is used by many threads at once
    private let modelSpec: [UInt8]
    private let outputFilter: [UInt8]
    private let ticket: ServableTicket
    /// Valid only with a visit.
    unowned(unsafe) let model: Model
    /// Valid only with a visit.
    unowned(unsafe) let runner: SignatureRunner
    /// The names of the inputs in feeding order.
    private let aliases: [[UInt8]]
    let facts: ServingFacts
    /// The aliases to answer.
    let outputs: [String]
    /// The packed `ModelSpec` of the answer.
    let answerSpec: [UInt8]
    let followsLatest: Bool

    /// Nil if `request` was read but asks for outputs that are not there.
    /// - Parameter call: made of the unpacked request.
    init?(_ request: borrowing PlainPredictRequest, _ call: borrowing PredictionCall) {
        guard let outputs = try? call.prediction.outputs() else { return nil }
        self.outputs = outputs
        modelSpec = Array(request.modelSpec)
        outputFilter = Array(request.outputFilter)
        ticket = call.visit.ticket
        model = call.model
        runner = call.runner
        aliases = call.runner.inputs.map { Array($0.alias.utf8) }
        facts = call.facts
        answerSpec = call.answerSpec
        followsLatest = call.followsLatest
    }

    /// Whether `request` asks for the same.
    func stands(for request: borrowing PlainPredictRequest) -> Bool {
        modelSpec.withUnsafeBytes { $0.hasSameBytes(as: request.modelSpec) }
            && outputFilter.withUnsafeBytes { $0.hasSameBytes(as: request.outputFilter) }
    }

    /// Keeps the model loaded; nil if it has to be looked up again.
    func visit(_ reader: ServingMapReader) -> ServableVisit? { reader.visit(for: ticket) }

    /// The inputs of `request`, of which nothing is copied; nil if they are not exactly those of the signature, or if one of
    /// them is no plain tensor.
    /// - Parameter storage: an empty array that becomes that of the inputs.
    func inputs(
        of request: borrowing PlainPredictRequest, in call: ServiceCall, storage: consuming [TensorSource]
    ) -> [TensorSource]? {
        guard request.inputCount == aliases.count else { return nil }
        var budget = Prediction.expansionAllowance + 8 * call.message.count
        var inputs = storage
        inputs.reserveCapacity(aliases.count)
        for alias in aliases {
            guard let value = alias.withUnsafeBytes({ request.value(of: $0) }),
                let source = TensorSource(plain: value, byteLimit: budget, owner: call.owner)
            else { return nil }
            budget -= source.byteCount
            inputs.append(source)
        }
        return inputs
    }
}

/// The recurring requests of one thread, each in the one place that its bytes choose.
final class RecurringPredictions {
    private var places: [RecurringPrediction?] = Array(repeating: nil, count: placeCount)

    private static let placeCount = 64

    /// What is known of requests like `request`.
    func find(_ request: borrowing PlainPredictRequest) -> RecurringPrediction? {
        guard let known = places[RecurringPredictions.place(of: request)], known.stands(for: request) else {
            return nil
        }
        return known
    }

    /// Keeps what is known, in the place of another one perhaps.
    func keep(_ known: RecurringPrediction?, for request: borrowing PlainPredictRequest) {
        places[RecurringPredictions.place(of: request)] = known
    }

    private static func place(of request: borrowing PlainPredictRequest) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        add(request.modelSpec)
        add(request.outputFilter)
        return Int((hash ^ hash >> 32) % UInt64(placeCount))
    }
}
