import ServingCore
import Synchronization

/// The last calls that failed, for people who look for the cause.
public final class RecentErrors: Sendable {
    /// A call that was answered with an error.
    public struct Entry: Sendable, Hashable {
        /// Milliseconds since 1970.
        public let milliseconds: Int64
        /// As the client named it, shortened; empty if the call never got as far as to read a name.
        public let model: String
        public let method: ServingMethod
        public let entryPoint: EntryPoint
        public let code: StatusCode
        /// Shortened.
        public let message: String
    }

    /// Characters of a text that are kept.
    private static let longestText = 1000

    private let entries = Mutex<[Entry]>([])
    private let limit: Int

    /// - Parameter limit: older ones are forgotten.
    public init(limit: Int = 64) { self.limit = limit }

    /// Keeps an error; not if another thread is just keeping one, because no call may wait for that.
    func keep(_ status: Status, model: String, _ method: ServingMethod, _ entryPoint: EntryPoint) {
        _ = entries.withLockIfAvailable { entries in
            if entries.count >= limit { entries.removeFirst(entries.count - limit + 1) }
            entries.append(
                Entry(
                    milliseconds: WallClock.milliseconds(),
                    model: String(model.prefix(RecentErrors.longestText)), method: method, entryPoint: entryPoint,
                    code: status.code, message: String(status.message.prefix(RecentErrors.longestText))))
        }
    }

    /// What is kept, oldest first.
    public var all: [Entry] { entries.withLock { $0 } }
}
