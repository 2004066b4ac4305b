import Models
import Servables
import ServingCore
import ServingProtos
import Threading
import Tracing

/// What the services share: the models, the threads that compute, and how answers are written.
public struct ServiceContext: Sendable {
    public let manager: ServableManager
    /// Runs predictions that take longer than a hand-over to another thread.
    public let compute: ThreadPool
    /// Whether Predict answers with `tensor_content` instead of typed fields.
    public let answersWithTensorContent: Bool
    /// Whether answers tell what they took when the client says nothing about it.
    public var reportsTimings = false
    /// Bounds the memory of requests that have been unpacked and wait in queues.
    public var queuedBytes = QueuedBytes(limit: .max)
    /// Counts the calls; nil: nobody does.
    public var metrics: ServingMetrics?
    /// Writes down what becomes of some of the calls; nil: of none.
    public var tracing: CallTracing?
    /// Whether a signature must have a method name that fits the call.
    public let checksMethodNames: Bool
    /// Applies lists of models; nil: HandleReloadConfigRequest is not offered.
    public let reloader: (any ModelListReloading)?
    /// Keeps and logs some of the requests; nil: none.
    public let traffic: TrafficRecorder?
    /// Whether SessionRun is offered; models must have kept their graphs then.
    public let offersSessionRun: Bool

    public init(
        manager: ServableManager, compute: ThreadPool, answersWithTensorContent: Bool = false,
        checksMethodNames: Bool = false, reloader: (any ModelListReloading)? = nil, traffic: TrafficRecorder? = nil,
        offersSessionRun: Bool = false
    ) {
        self.manager = manager
        self.compute = compute
        self.answersWithTensorContent = answersWithTensorContent
        self.checksMethodNames = checksMethodNames
        self.reloader = reloader
        self.traffic = traffic
        self.offersSessionRun = offersSessionRun
    }
}

extension ServiceContext {
    /// How tensors are written when the client says nothing about it.
    var tensorForm: TensorForm { answersWithTensorContent ? .content : .typedField }
}
