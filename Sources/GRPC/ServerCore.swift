import Transports

/// What all connections of a server share.
final class ServerCore: Sendable {
    let router: MethodRouter
    let options: GRPCServer.Options
    let requestBudget: MemoryBudget
    let answerBudget: MemoryBudget
    let work: WorkGauge
    let answerHeaders: AnswerHeaders

    /// The first piece of memory for a request whose prefix announces more.
    static let firstRequestBytes = 64 << 10
    /// A call object keeps so much memory for its next request.
    static let keptRequestBytes = 16 << 10
    /// The same for its answers.
    static let keptAnswerBytes = 4 << 10

    init(router: MethodRouter, options: GRPCServer.Options) {
        self.router = router
        self.options = options
        requestBudget = MemoryBudget(limit: options.maxBufferedRequestBytes)
        answerBudget = MemoryBudget(limit: options.maxBufferedAnswerBytes)
        work = WorkGauge(limit: options.maxConcurrentCalls)
        answerHeaders = AnswerHeaders(accepted: options.compression.enabled)
    }
}
