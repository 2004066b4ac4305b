import Configuration

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
        answersWithTensorContent = options.answersWithTensorContent
        checksMethodNames = options.checksSignatureMethodNames
        let threads = max(options.intraOpThreads, options.interOpThreads)
        if threads > 0 { computeThreads = threads }
        grpc.maxReceiveMessageBytes = options.maximumReceiveMessageBytes
    }
}
