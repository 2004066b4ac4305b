import ServingCore
import Threading

extension ServableManager {
    /// Waits until of every model in `names` some version is available or has failed for good.
    ///
    /// - Parameters:
    ///   - deadline: nanoseconds on the monotonic clock.
    /// - Returns: for each model that has got there, its highest such version and its error (`OK` when it is served);
    ///   models that are missing in it were too late.
    public func waitUntilSettled(
        _ names: [String], untilNanoseconds deadline: UInt64 = .max
    ) -> [String: ServableVersionState] {
        let settled = { (control: inout Control) -> [String: ServableVersionState] in
            var settled: [String: ServableVersionState] = [:]
            for name in names {
                guard let (id, status) = control.state.settled(name) else { continue }
                let state: ServableState = status.isOK ? .available : .end
                settled[name] = ServableVersionState(id: id, state: state, status: status)
            }
            return settled
        }
        let wanted = Set(names).count
        let complete = control.wait(untilNanoseconds: deadline) { control in
            let done = settled(&control)
            return done.count == wanted ? done : nil
        }
        return complete ?? control.withLock(settled)
    }

    /// Waits until of every model that has versions one is served, or all of them have been tried or went away.
    public func waitForFirstLoads() {
        control.wait { $0.state.hasUndecidedModels ? nil : () }
    }

    /// The error that ends the start of the server if one of the awaited models failed; nil if all are served.
    public static func startFailure(_ settled: [String: ServableVersionState]) -> Status? {
        let failed = settled.values.filter { !$0.status.isOK }.sorted { $0.id < $1.id }
        guard !failed.isEmpty else { return nil }
        let list = failed.map { "{\($0.id) due to error: \($0.status)}, " }.joined()
        return Status(.unknown, "\(failed.count) servable(s) did not become available: \(list)}")
    }
}
