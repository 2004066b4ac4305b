import Servables
import ServingCore
import Threading

/// The memory that the process can still get, and what it can have in all; bytes.
public struct MemoryHeadroom: Sendable, Hashable {
    public var available: Int
    public var limit: Int

    public init(available: Int, limit: Int) {
        self.available = available
        self.limit = limit
    }
}

/// Lets a load begin only when there is memory for it: it is refused, instead of the process being ended by the system in
/// the middle of it.
public final class LoadAdmission: Sendable {
    /// What loads in progress have been promised; a decision without a clock or a thread.
    struct Promises {
        enum Answer: Equatable {
            case granted
            /// There may be enough when a load in progress has ended.
            case wait
            case refused(needed: Int, headroom: MemoryHeadroom)
        }

        private var promised = 0

        /// - Parameter headroom: nil if the system does not tell; then nothing is refused.
        mutating func ask(fileBytes: Int, _ headroom: MemoryHeadroom?) -> Answer {
            let needed = Promises.needed(fileBytes: fileBytes)
            // What loads in progress have taken of their promise is missing from the headroom already, so that together
            // they count for too much; therefore nobody is refused because of them.
            if let headroom, needed > headroom.available - promised {
                guard promised == 0 else { return .wait }
                return .refused(needed: needed, headroom: headroom)
            }
            promised = promised.addingReportingOverflow(needed).partialValue
            return .granted
        }

        mutating func end(fileBytes: Int) { promised &-= Promises.needed(fileBytes: fileBytes) }

        /// The memory that loading files of this size takes: the files, an eighth for what is made of them, and what every
        /// load needs.
        static func needed(fileBytes: Int) -> Int {
            let (sum, overflow) = fileBytes.addingReportingOverflow(fileBytes / 8 + 16 << 20)
            return overflow ? .max : sum
        }
    }

    private let promises = ConditionLock(Promises())
    private let headroom: @Sendable () -> MemoryHeadroom?

    /// - Parameter headroom: asked before each load; nil if the system does not tell.
    public init(headroom: @escaping @Sendable () -> MemoryHeadroom?) { self.headroom = headroom }

    /// Runs `load`, which reads `fileBytes` bytes, when there is memory for it. Waits while other loads have it.
    ///
    /// Throws RESOURCE_EXHAUSTED with what is needed, what is there, and the limit, if it would not fit even when no other
    /// load is in progress.
    func admit<R>(_ id: ServableID, fileBytes: Int, _ load: () throws(Status) -> R) throws(Status) -> R {
        let answer = promises.wait { promises -> Promises.Answer? in
            let answer = promises.ask(fileBytes: fileBytes, headroom())
            return answer == .wait ? nil : answer
        }
        if case .refused(let needed, let headroom) = answer {
            throw .resourceExhausted(
                "Loading \(id) needs about \(needed) bytes of memory, of which its files are \(fileBytes); "
                    + "\(max(0, headroom.available)) bytes are available, of \(headroom.limit) that this process may use"
            )
        }
        defer { promises.withLockNotifyingAll { $0.end(fileBytes: fileBytes) } }
        return try load()
    }
}
