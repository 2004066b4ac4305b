import Synchronization

/// What all connections of a server share.
final class ServerCore: Sendable {
    let router: MethodRouter
    let options: GRPCServer.Options
    let requestBudget: MemoryBudget
    private let callsInProgress = Atomic<Int>(0)

    /// The first piece of memory for a request whose prefix announces more.
    static let firstRequestBytes = 64 << 10
    /// A call object keeps so much memory for its next request.
    static let keptRequestBytes = 16 << 10

    init(router: MethodRouter, options: GRPCServer.Options) {
        self.router = router
        self.options = options
        requestBudget = MemoryBudget(limit: options.maxBufferedRequestBytes)
    }

    /// Counts one more call; false if there are too many.
    func beginCall() -> Bool {
        let before = callsInProgress.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < options.maxConcurrentCalls { return true }
        endCall()
        return false
    }

    func endCall() { callsInProgress.wrappingSubtract(1, ordering: .relaxed) }

    var callCount: Int { callsInProgress.load(ordering: .relaxed) }
}
