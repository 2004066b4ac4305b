import HTTP
import JSON
import Services
import ServingCore
import Synchronization
import Tensors

extension RESTService {
    /// Answers a Predict call, whatever form its body has.
    func predict(_ call: RESTCall) throws(Status) {
        switch try PredictFormat(call.exchange.request.headers) {
        case .message: try predictMessage(call)
        case .tensors(let input, let output): predict(call, input, output)
        }
    }

    private func predict(_ call: RESTCall, _ input: PredictFormat.Input, _ output: PredictFormat.Output) {
        let shared = PredictionForm()
        let request = ModelRequest(name: call.path.model, choice: call.path.choice)
        prediction.predict(
            TensorCall(
                model: request, deadline: call.exchange.deadline, cancellation: call.exchange.cancellation,
                monitor: call.monitor,
                feed: { (model) throws(Status) in
                    switch input {
                    case .json:
                        let body = try PredictBody(call.body)
                        let runner = try RESTService.runner(named: body.signatureName, in: model)
                        let (inputs, form) = try body.inputs(of: runner)
                        shared.isByRows = form == .rows
                        return TensorCall.Feed(runner, inputs)
                    case .array(let array):
                        let runner = try RESTService.runner(named: array.signatureName, in: model)
                        return TensorCall.Feed(runner, [try array.input(call.body, of: runner)])
                    }
                },
                complete: { result, facts in
                    call.respond(facts) { () throws(Status) in
                        let outputs = try RESTService.outputs(of: result, facts, call, input)
                        switch output {
                        case .json:
                            let answer = try PredictAnswer(outputs, isStrict: call.isStrict)
                            let form: PredictBody.Form = shared.isByRows ? .rows : .columns
                            return HTTPResponse(
                                contentType: ContentType.json, body: try HTTPBody(try answer.written(form)))
                        case .array(let array): return try array.response(outputs)
                        }
                    }
                }), readers)
    }

    /// The outputs of a call. What is wrong with the text of a body is said before what is wrong with its model.
    private static func outputs(
        of result: Result<[(alias: String, value: Tensor)], Status>, _ facts: ServingFacts?, _ call: RESTCall,
        _ input: PredictFormat.Input
    ) throws(Status) -> [(alias: String, value: Tensor)] {
        do throws(Status) {
            return try result.get()
        } catch {
            if case .json = input, facts?.version == nil, error.code == .notFound || error.code == .invalidArgument {
                _ = try PredictBody(call.body)
            }
            throw error
        }
    }
}

/// What is found out about a body when it is read, for the answer.
private final class PredictionForm: Sendable {
    private let rows = Atomic<Bool>(false)

    var isByRows: Bool {
        get { rows.load(ordering: .acquiring) }
        set { rows.store(newValue, ordering: .releasing) }
    }
}
