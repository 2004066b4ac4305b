import Configuration
import Servables

extension Server.Settings {
    /// The settings that the command line and the model list ask for.
    init(_ options: ServerOptions, _ configuration: ModelServerConfiguration) {
        self.init()
        models = configuration.models.map {
            MonitoredServable(name: $0.name, basePath: $0.basePath, policy: $0.policy)
        }
        manager = options.manager
        fileSystemPollSeconds = options.pollWaitSeconds
        tags = options.savedModelTags.sorted()
        answersWithTensorContent = options.answersWithTensorContent
        checksMethodNames = options.checksSignatureMethodNames
        let threads = max(options.intraOpThreads, options.interOpThreads)
        if threads > 0 { computeThreads = threads }
        offersHealth = options.offersHealthService
        grpc.maxReceiveMessageBytes = options.maximumReceiveMessageBytes
        remarks += grpc.take(options.channelArguments)
    }
}
