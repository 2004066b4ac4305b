import CServingProtos
import ServingCore
import ServingProtos
import Threading

/// `grpc.health.v1.Health`: Check and Watch.
///
/// It keeps no states: each Check asks for the present one, and `statesChanged` makes it ask for those that are watched.
public final class HealthService: Sendable {
    /// The present status of a name; nil if there is nothing of that name. Called on any thread, must return at once.
    public typealias StatusOf = @Sendable (_ name: String) -> HealthStatus?

    private struct State {
        var watches: HealthWatches
        var calls: [HealthWatches.WatchID: GRPCCall] = [:]
        /// A thread is telling watchers; it looks again before it stops, so that each of them hears changes in order.
        var isTelling = false
        var mustLookAgain = false
    }

    private let state: ConditionLock<State>
    private let statusOf: StatusOf

    /// - Parameter maxWatches: Watch calls beyond fail with RESOURCE_EXHAUSTED.
    public init(maxWatches: Int = 16_384, statusOf: @escaping StatusOf) {
        self.statusOf = statusOf
        state = ConditionLock(State(watches: HealthWatches(limit: maxWatches)))
    }

    /// The service's full name.
    public static let name = "grpc.health.v1.Health"

    /// Adds both methods to `router`.
    public func register(in router: inout MethodRouter) {
        router.register("/\(HealthService.name)/Check") { [self] in check($0) }
        router.register(standing: "/\(HealthService.name)/Watch") { [self] in watch($0) }
    }

    /// Watch calls that are open.
    public var watchCount: Int { state.withLock { $0.watches.count } }

    /// To be called, on any thread, after the status of some name may have changed. Costs next to nothing while nobody
    /// watches.
    public func statesChanged() {
        guard beginTelling() else { return }
        repeat { tell() } while !endTelling()
    }

    private func check(_ call: GRPCCall) {
        do throws(Status) {
            let name = try HealthService.name(in: call)
            guard let status = statusOf(name) else { throw .notFound("unknown service: \(name)") }
            call.respond(try HealthService.answer(status))
        } catch {
            call.fail(error)
        }
    }

    private func watch(_ call: GRPCCall) {
        do throws(Status) {
            let name = try HealthService.name(in: call)
            let id = try state.withLock { (state) throws(Status) in
                let id = try state.watches.add(name)
                state.calls[id] = call
                return id
            }
            call.onCancel { [weak self] in self?.forget(id) }
            statesChanged()
        } catch {
            call.fail(error)
        }
    }

    private func forget(_ id: HealthWatches.WatchID) {
        // The call is let go outside the lock.
        _ = state.withLock { state in
            state.watches.remove(id)
            return state.calls.removeValue(forKey: id)
        }
    }

    // MARK: Telling

    /// False if nobody watches, or another thread is telling, which will look again then.
    private func beginTelling() -> Bool {
        state.withLock { state in
            guard state.watches.count > 0 else { return false }
            state.mustLookAgain = state.isTelling
            defer { state.isTelling = true }
            return !state.isTelling
        }
    }

    /// True if there is nothing more to tell.
    private func endTelling() -> Bool {
        state.withLock { state in
            state.isTelling = state.mustLookAgain
            state.mustLookAgain = false
            return !state.isTelling
        }
    }

    private func tell() {
        let names = state.withLock { $0.watches.watchedNames }
        let statuses = Dictionary(uniqueKeysWithValues: names.map { ($0, statusOf($0)) })
        let news = state.withLock { state in
            state.watches.news(statuses).map { (state.calls[$0.watch], $0.status) }
        }
        for case (let call?, let status) in news {
            do throws(Status) { call.sendMessage(try HealthService.answer(status)) } catch { call.fail(error) }
        }
    }

    // MARK: Messages

    private static func name(in call: GRPCCall) throws(Status) -> String {
        try Message<Grpc__Health__V1__HealthCheckRequest>(unpacking: call.message, failure: .internalError).read {
            String(proto: $0.pointee.service)
        }
    }

    private static func answer(_ status: HealthStatus) throws(Status) -> OutgoingMessage {
        var writer = WireWriter()
        writer.append(field: 1, integer: Int64(status.rawValue))
        let bytes = writer.bytes
        return try OutgoingMessage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    }
}
