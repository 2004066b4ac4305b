import Models
import ServingCore

extension InferenceMessage {
    /// Runs the request on a model that is not served yet, and leaves the answer unwritten. The model's name and version in
    /// the request do not matter.
    ///
    /// Throws what the call would answer.
    func rehearse(on model: Model, checksMethodNames: Bool, deadline: Deadline = .never) throws(Status) {
        let run = InferenceRun(
            inferences: try inferences(on: model, checksMethodNames: checksMethodNames), examples: try examples(),
            model: model)
        _ = try run.run(deadline: deadline, cancellation: nil, purpose: .warmUp)
    }
}
