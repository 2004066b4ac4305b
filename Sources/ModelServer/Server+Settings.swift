import Configuration
import Servables

extension Server.Settings {
    /// The settings that the command line and the model list ask for.
    init(_ options: ServerOptions, _ configuration: ModelServerConfiguration) {
        self.init()
        models = configuration.models.map {
            MonitoredServable(name: $0.name, basePath: $0.basePath, policy: $0.policy)
        }
        for model in configuration.models { logging.updateValue(model.logging, forKey: model.name) }
        manager = options.manager
        fileSystemPollSeconds = options.pollWaitSeconds
        tags = options.savedModelTags.sorted()
        answersWithTensorContent = options.answersWithTensorContent
        checksMethodNames = options.checksSignatureMethodNames
        let threads = max(options.intraOpThreads, options.interOpThreads)
        if threads > 0 { computeThreads = threads }
        warmUp.isEnabled = options.warmsModelsUp
        warmUp.iterations = options.warmUpIterations
        warmUp.checksMethodNames = options.checksSignatureMethodNames
        traffic.recentRequests = options.recentRequests
        traffic.tags = tags
        traffic.limits.files = options.requestLogFiles
        grpc.maxReceiveMessageBytes = options.maximumReceiveMessageBytes
    }
}
