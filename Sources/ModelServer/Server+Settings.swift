import Configuration
import Models
import SavedModels
import Threading

extension Server.Settings {
    /// The settings that the command line and the model list ask for.
    init(_ options: ServerOptions, _ configuration: ModelServerConfiguration) {
        self.init()
        self.configuration = configuration
        reloadTimeoutSeconds = options.reloadTimeoutSeconds
        allowsUnavailableLabels = options.allowsUnavailableLabels
        manager = options.manager
        fileSystemPollSeconds = options.pollWaitSeconds
        tags = options.savedModelTags.sorted()
        copiesWeights = options.copiesWeights
        answersWithTensorContent = options.answersWithTensorContent
        checksMethodNames = options.checksSignatureMethodNames
        let threads = max(options.intraOpThreads, options.interOpThreads)
        if threads > 0 { computeThreads = threads }
        offersHealth = options.offersHealthService
        grpc.maxReceiveMessageBytes = options.maximumReceiveMessageBytes
    }

    /// What each model is given that the server loads.
    func environment(_ compute: ThreadPool) -> Model.Environment {
        var environment = Model.Environment(tags: tags, threads: compute, memoryLimit: runMemoryLimit)
        environment.weights = copiesWeights ? .copied : .automatic
        environment.pace = WorkPace()
        environment.admission = LoadAdmission { PhysicalMemory.headroom }
        // Made here, because its thread must not inherit the priority of a load thread.
        _ = LeaseWatch.shared
        return environment
    }
}
