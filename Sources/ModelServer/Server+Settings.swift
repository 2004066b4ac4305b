import Configuration
import Execution
import GRPC
import HTTP
import Models
import REST
import SavedModels
import Services
import ServingCore
import Threading
import Transports

extension Server.Settings {
    /// The settings that the command line and the model list ask for. INVALID_ARGUMENT for keys and certificates that cannot
    /// be used.
    init(_ options: ServerOptions, _ configuration: ModelServerConfiguration) throws(Status) {
        self.init()
        self.configuration = configuration
        reloadTimeoutSeconds = options.reloadTimeoutSeconds
        allowsUnavailableLabels = options.allowsUnavailableLabels
        manager = options.manager
        fileSystemPollSeconds = options.pollWaitSeconds
        tags = options.savedModelTags.sorted()
        copiesWeights = options.copiesWeights
        prefersTFLite = options.prefersTFLite
        precisions = options.precisions
        remarks += ServerOptions.precisionRemarks(options, configuration)
        answersWithTensorContent = options.answersWithTensorContent
        reportsTimings = options.reportsTimings
        checksMethodNames = options.checksSignatureMethodNames
        offersSessionRun = options.offersSessionRun
        let threads = max(options.intraOpThreads, options.interOpThreads)
        if threads > 0 { computeThreads = threads }
        batching.standard = options.batching
        batching.usesVersionFiles = options.batchesByVersionFiles
        batching.policy = options.batchScheduling
        remarks += batching.remarks(computeThreads: computeThreads)
        offersHealth = options.offersHealthService
        offersProfiler = options.offersProfiler
        warmUp.isEnabled = options.warmsModelsUp
        warmUp.iterations = options.warmUpIterations
        warmUp.checksMethodNames = options.checksSignatureMethodNames
        traffic.recentRequests = options.recentRequests
        traffic.tags = tags
        traffic.limits.files = options.requestLogFiles
        grpc.maxReceiveMessageBytes = options.maximumReceiveMessageBytes
        grpc.compression.policy = AnswerCompression.Policy(options.responseCompression)
        remarks += grpc.take(options.channelArguments)
        if let tls = options.tls { grpc.sockets.tls = TLSTerminator(try tls.context(protocols: ["h2"])) }
        rest = options.rest.map(HTTPServer.Options.init)
        if let tls = options.rest?.tls {
            rest?.sockets.tls = TLSTerminator(try tls.context(protocols: ["h2", "http/1.1"]))
        }
        restAPI.allowsCORS = options.rest?.allowsCORS ?? false
        restAPI.imageModel = options.rest?.imageModel
        restAPI.pictureMemoryBytes = PhysicalMemory.byteCount / 4
        hasAdminAddress = options.admin.address != nil
        monitoring = options.monitoring
    }

    /// What each model is given that the server loads.
    func environment(
        _ compute: ThreadPool, _ traffic: TrafficRecorder, _ recorder: RunRecorder, _ metrics: ServerMetrics
    ) -> Model.Environment {
        var environment = Model.Environment(tags: tags, threads: compute, memoryLimit: runMemoryLimit)
        environment.warmUp = WarmUp(warmUp, traffic: traffic, metrics: metrics.loads)
        environment.stageObserver = { [loads = metrics.loads] in loads.stageEnded($0) }
        environment.runTimes = metrics.runs.times
        environment.weights = copiesWeights ? .copied : .automatic
        environment.prefersTFLite = prefersTFLite
        environment.keepsGraphs = offersSessionRun
        environment.pace = WorkPace()
        environment.recorder = offersProfiler ? recorder : nil
        environment.admission = LoadAdmission { PhysicalMemory.headroom }
        // Made here, because its thread must not inherit the priority of a load thread.
        _ = LeaseWatch.shared
        return environment
    }
}

extension ServerOptions {
    /// What of the precisions has no effect as things are.
    fileprivate static func precisionRemarks(
        _ options: ServerOptions, _ configuration: ModelServerConfiguration
    ) -> [String] {
        let served = Set(configuration.models.map(\.name))
        let missing = options.precisions.names.filter { !served.contains($0) }.map {
            "--precision names model \($0), which is not among those to serve"
        }
        return missing
            + (options.unknownMixedPrecision.map { ["--mixed_precision=\($0) has no effect: only bfloat16 is known"] }
                ?? [])
    }
}

extension AnswerCompression.Policy {
    init(_ choice: ServerOptions.ResponseCompression) {
        switch choice {
        case .never: self = .never
        case .mirror: self = .mirror
        case .always: self = .always
        }
    }
}

extension HTTPServer.Options {
    init(_ options: RESTOptions) {
        self.init()
        if let threads = options.threads { self.threads = threads }
        timeoutNanoseconds = options.timeoutMilliseconds.map { $0 * 1_000_000 }
        maxBodyBytes = options.maxBodyBytes
    }
}
