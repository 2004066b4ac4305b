import Batching
import Compiler
import Execution
import Graphs
import Kernels
import Metrics
import Pictures
import SavedModels
import Servables
import ServingCore
import Tensors
import Threading

/// One loaded version of a model: its signatures, ready to run.
///
/// Any number of threads may run it at once.
public final class Model: Servable {
    /// What the process gives to each model that it loads.
    public struct Environment: Sendable {
        /// The MetaGraph to serve; the set must match exactly.
        public var tags: [String]
        /// Threads that a run may borrow when they are idle.
        public var threads: ThreadPool?
        /// Bytes that the intermediate values of one run may take.
        public var memoryLimit: Int
        public var compilerOptions: GraphCompiler.Options
        /// What a version goes through before it is served; nil: nothing.
        public var warmUp: (any ModelWarmUp)?
        /// Where weights shall stand.
        public var weights = MappedFile.Residence.automatic
        /// What loading and unloading keep to; it is told of every run.
        public var pace: WorkPace?
        /// Whether a version that has a `model.tflite` is read from it instead of from the SavedModel.
        public var prefersTFLite = false
        /// Whether models keep their graphs for SessionRun.
        public var keepsGraphs = false
        /// Records what runs spend their time on, when somebody asks.
        public var recorder: RunRecorder?
        /// Lets a version be loaded only when there is memory for it.
        public var admission: LoadAdmission?
        /// Is told of every step of a load that has succeeded, on the thread that loads.
        public var stageObserver: (@Sendable (LoadStageReport) -> Void)?
        /// Takes what each run of a program took, microseconds.
        public var runTimes: Histogram?
        /// Runs requests together; nil: each is run by itself.
        public var batching: ModelBatching?

        public init(
            tags: [String] = ["serve"], threads: ThreadPool? = nil, memoryLimit: Int = .max,
            compilerOptions: GraphCompiler.Options = GraphCompiler.Options()
        ) {
            self.tags = tags
            self.threads = threads
            self.memoryLimit = memoryLimit
            self.compilerOptions = compilerOptions
        }
    }

    /// The signatures as they stand in the file, for GetModelMetadata: packed `tensorflow.SignatureDef`s by name.
    public let signatureDefinitions: [String: [UInt8]]
    /// Bytes of the weights, other constants and definitions that it holds; runs take memory of their own.
    public let byteCount: Int
    /// What the weights have lost that are kept in fewer bits; nil if none are to be.
    public let reduction: WeightReductionSummary?
    private let runners: [String: SignatureRunner]
    /// nil: signatures are only run one by one.
    let jointRunners: JointRunners?
    /// Why signatures can't be run that the model has but this server can't serve, by name.
    public let refusedSignatures: [String: Status]
    /// How the version classifies pictures; a failure says why it cannot.
    public let pictures: Result<PictureClassifier, Status>
    let site: ProgramSite
    /// Nil: each request is run by itself.
    let batching: VersionBatching?
    /// Runs parts of the graph that clients name; nil unless `Environment.keepsGraphs` and the model came with its graph.
    public let session: SessionGraph?

    init(
        signatureDefinitions: [String: [UInt8]], runners: [String: SignatureRunner], jointRunners: JointRunners? = nil,
        refused: [String: Status] = [:], site: ProgramSite, reduction: WeightReductionSummary? = nil,
        variables: [Tensor] = [], session: SessionGraph? = nil,
        batching: VersionBatching? = nil, pictures: Result<PictureClassifier, Status>
    ) {
        self.signatureDefinitions = signatureDefinitions
        let definitions = signatureDefinitions.values.reduce(0) { $0 + $1.count }
        let tensors = variables + runners.values.flatMap(\.constants) + (session?.constants ?? [])
        let saved = reduction.map { $0.fullByteCount - $0.byteCount } ?? 0
        byteCount = max(0, definitions + Model.byteCount(of: tensors) + (session?.byteCount ?? 0) - saved)
        self.reduction = reduction
        self.runners = runners
        self.jointRunners = jointRunners
        refusedSignatures = refused
        self.pictures = pictures
        self.site = site
        self.batching = batching
        self.session = session
        for runner in runners.values { attachQueues(to: runner) }
    }

    /// What `tensors` take, those that share their memory counted once.
    private static func byteCount(of tensors: [Tensor]) -> Int {
        var seen: Set<ObjectIdentifier> = []
        return tensors.reduce(0) { sum, tensor in
            seen.insert(ObjectIdentifier(tensor.buffer)).inserted ? sum + tensor.byteCount : sum
        }
    }

    /// The signature called `name`; nil if the model has none of that name that can be served.
    public func runner(for name: String) -> SignatureRunner? { runners[name] }

    /// The names of all signatures that can be run, sorted.
    public var signatureNames: [String] { runners.keys.sorted() }

    /// Runs a signature on the calling thread.
    /// - Parameters:
    ///   - feeds: the inputs in the runner's feeding order.
    ///   - outputs: the aliases to compute, known and none twice.
    ///   - purpose: why; a run of the warm-up keeps out of the way of requests.
    /// - Returns: the outputs in the order of `outputs`.
    public func run(
        _ runner: SignatureRunner, feeds: [Tensor], outputs: [String], deadline: Deadline,
        cancellation: CancellationFlag?, purpose: RunPurpose = .request
    ) throws(Status) -> [Tensor] {
        try timedRun(
            runner, feeds: feeds, outputs: outputs, in: makeArena(), deadline: deadline, cancellation: cancellation,
            purpose: purpose
        ).outputs
    }

    /// Memory for inputs, a run and its outputs.
    public func makeArena() -> RunArena { RunArena(site.contexts) }

    /// The same, with the times of the request; the memory of inputs that nobody else holds is used for other values.
    /// - Parameters:
    ///   - arena: made by this model. The outputs may be given back to it.
    ///   - arrival: since when the request has waited; nil: it has not.
    public func timedRun(
        _ runner: SignatureRunner, feeds: consuming [Tensor], outputs: [String], in arena: borrowing RunArena,
        deadline: Deadline, cancellation: CancellationFlag?, purpose: RunPurpose = .request, arrival: Instant? = nil
    ) throws(Status) -> BatchAnswer {
        try runner.checkTypes(of: feeds.lazy.map(\.dataType))
        let program = try runner.programs.program(for: outputs, feeds: feeds)
        let (results, start, nanoseconds) = try site.run(
            program, consume feeds, of: runner.signature.name, in: arena, deadline: deadline,
            cancellation: cancellation, purpose: purpose)
        // On a thread of low priority a run takes longer than requests will.
        if purpose == .request { runner.record(nanoseconds: nanoseconds) }
        let waited = arrival.map { Instant(nanoseconds: start).nanoseconds(since: $0) } ?? 0
        return BatchAnswer(
            outputs: results,
            timings: RunTimings(queueNanoseconds: waited, computeNanoseconds: nanoseconds, batchSize: 0))
    }

    /// Why a signature is run.
    public enum RunPurpose: Sendable {
        /// Somebody waits for the answer.
        case request
        /// The version is about to be served: nothing is borrowed from requests to other models, and nothing recorded.
        case warmUp
    }
}
