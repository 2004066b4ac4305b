import Batching
import Graphs
import ServingCore
import Synchronization

/// The batch queues of one signature of a loaded version: one for all outputs, one for each set of outputs that requests
/// ask for.
final class SignatureQueues: Sendable {
    /// What becomes of requests for some outputs.
    enum Route {
        /// They are not batched.
        case alone
        case queue(BatchQueue)
        /// They are batched, but their queue has to be made.
        case unprepared(BatchingParameters)
    }

    private struct State {
        /// Of the parameters.
        var generation: UInt64 = 0
        /// Nil: not batched.
        var parameters: BatchingParameters?
        var whole: BatchQueue?
        var filtered: [[String]: BatchQueue] = [:]
        var hasComplained = false
    }

    private let batching: VersionBatching
    private let signature: String
    /// All outputs, as `SignatureRunner` orders them.
    private let outputs: [String]
    /// Why requests to this signature are never batched.
    private let obstacle: BatchObstacle?
    private let state = Mutex(State())

    /// At most so many queues for different output filters are kept.
    private static let maximumFilters = 64

    init(_ runner: SignatureRunner, _ batching: VersionBatching) {
        self.batching = batching
        signature = runner.signature.name
        outputs = runner.outputAliases
        obstacle = BatchObstacle(of: runner, batching.batching.policy)
    }

    /// What becomes of requests for `outputs`, by the parameters that hold now.
    func route(for outputs: [String]) -> Route {
        let generation = batching.batching.currentGeneration
        let (route, complaint) = state.withLock { state in
            let complaint = state.generation == generation ? nil : refresh(&state, generation)
            return (self.route(outputs, state), complaint)
        }
        if let complaint { Log.warning(complaint) }
        return route
    }

    private func route(_ outputs: [String], _ state: borrowing State) -> Route {
        guard let parameters = state.parameters else { return .alone }
        // The same array, if the request has no filter.
        let queue = outputs == self.outputs ? state.whole : state.filtered[outputs]
        return queue.map(Route.queue) ?? .unprepared(parameters)
    }

    /// Takes over the parameters that hold now. Returns what is to be said of it.
    private func refresh(_ state: inout State, _ generation: UInt64) -> String? {
        state.generation = generation
        let wanted = batching.parameters
        let parameters = obstacle == nil ? wanted : nil
        if state.parameters != parameters {
            // Requests that wait keep their queue.
            state.whole = nil
            state.filtered = [:]
            state.parameters = parameters
        }
        guard let obstacle, wanted != nil, !state.hasComplained else { return nil }
        state.hasComplained = true
        return "Requests to signature \"\(signature)\" of \(batching.id) are run one at a time: \(obstacle)"
    }

    /// The queue for `outputs`, made if it is not there yet.
    /// - Parameter run: what the queue runs.
    func queue(for outputs: [String], _ parameters: BatchingParameters, run: @escaping BatchQueue.Run) -> BatchQueue {
        let identity = BatchQueue.Identity(
            model: batching.id.name, version: batching.id.version, signature: signature, outputs: outputs)
        let made = batching.batching.scheduler.makeQueue(identity, parameters, run: run)
        return state.withLock { state in
            // The parameters have changed since: this one request still goes by the old ones.
            guard state.parameters == parameters else { return made }
            if outputs == self.outputs {
                state.whole = state.whole ?? made
                return state.whole ?? made
            }
            if let known = state.filtered[outputs] { return known }
            if state.filtered.count >= SignatureQueues.maximumFilters { state.filtered.removeAll() }
            state.filtered[outputs] = made
            return made
        }
    }
}
