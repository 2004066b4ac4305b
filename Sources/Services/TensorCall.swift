import Models
import Servables
import ServingCore
import Tensors

/// A Predict call without a message: its inputs are tensors, and so is its answer.
public struct TensorCall: Sendable {
    /// What is fed to which signature.
    public struct Feed {
        public let runner: SignatureRunner
        /// The inputs by alias, in any order; those that are missing have their defaults, if the signature has any.
        public let inputs: [(alias: String, value: Tensor)]

        public init(_ runner: SignatureRunner, _ inputs: [(alias: String, value: Tensor)]) {
            self.runner = runner
            self.inputs = inputs
        }
    }

    /// Takes the outputs in the order of their aliases, or an error, and what is known of how they came about.
    public typealias Completion =
        @Sendable (
            Result<[(alias: String, value: Tensor)], Status>, ServingFacts?
        ) -> Void

    let model: ModelRequest
    let deadline: Deadline
    let cancellation: CancellationFlag?
    private let monitor: CallMonitor?
    private let makeFeed: @Sendable (Model, ServiceContext) throws(Status) -> Feed
    private let completion: Completion

    /// A call that names its signature.
    /// - Parameters:
    ///   - monitor: counts the call; nil: it is not counted.
    ///   - inputs: makes the inputs by alias; called on a thread that computes, when the model is there. What it throws is the
    ///     answer.
    ///   - complete: called exactly once, on any thread.
    public init(
        model: ModelRequest, deadline: Deadline, cancellation: CancellationFlag?, monitor: CallMonitor? = nil,
        inputs: @escaping @Sendable (SignatureRunner) throws(Status) -> [(alias: String, value: Tensor)],
        complete: @escaping Completion
    ) {
        self.init(
            model: model, deadline: deadline, cancellation: cancellation, monitor: monitor,
            makeFeed: { (loaded, context) throws(Status) in
                let runner = try Prediction.runner(
                    named: Prediction.signatureName(model.signatureName), in: loaded,
                    checksMethodName: context.checksMethodNames)
                return Feed(runner, try inputs(runner))
            }, complete: complete)
    }

    /// A call that chooses one of the model's signatures by itself.
    /// - Parameters:
    ///   - model: whose signature name says nothing.
    ///   - feed: makes what is fed; see `inputs` above.
    public init(
        model: ModelRequest, deadline: Deadline, cancellation: CancellationFlag?, monitor: CallMonitor? = nil,
        feed: @escaping @Sendable (Model) throws(Status) -> Feed, complete: @escaping Completion
    ) {
        self.init(
            model: model, deadline: deadline, cancellation: cancellation, monitor: monitor,
            makeFeed: { (loaded, _) throws(Status) in try feed(loaded) }, complete: complete)
    }

    private init(
        model: ModelRequest, deadline: Deadline, cancellation: CancellationFlag?, monitor: CallMonitor?,
        makeFeed: @escaping @Sendable (Model, ServiceContext) throws(Status) -> Feed, complete: @escaping Completion
    ) {
        self.model = model
        self.deadline = deadline
        self.cancellation = cancellation
        self.monitor = monitor
        self.makeFeed = makeFeed
        completion = complete
    }

    func feed(_ model: Model, _ context: ServiceContext) throws(Status) -> Feed { try makeFeed(model, context) }

    /// Answers the call; to be called exactly once.
    func complete(_ result: Result<[(alias: String, value: Tensor)], Status>, _ facts: ServingFacts) {
        if let monitor {
            var code = StatusCode.ok
            if case .failure(let status) = result {
                code = status.code
                monitor.keep(status, facts)
            }
            monitor.end(code, facts, deadline: deadline, cancellation: cancellation)
        }
        completion(result, facts)
    }
}
