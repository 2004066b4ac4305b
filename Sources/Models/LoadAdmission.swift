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
            case refused(MemoryHeadroom)
        }

        private var promised = 0

        /// - Parameter headroom: nil if the system does not tell; then nothing is refused.
        mutating func ask(_ needed: Int, _ headroom: MemoryHeadroom?) -> Answer {
            // What loads in progress have taken of their promise is missing from the headroom already, so that together
            // they count for too much; therefore nobody is refused because of them.
            if let headroom, needed > headroom.available - promised {
                guard promised == 0 else { return .wait }
                return .refused(headroom)
            }
            promised = promised.addingReportingOverflow(needed).partialValue
            return .granted
        }

        mutating func end(_ needed: Int) { promised &-= needed }
    }

    /// The files that a load reads.
    struct Files {
        /// Of all files together.
        var byteCount: Int
        /// Of the graph, which is there twice while it is unpacked.
        var graphByteCount: Int

        /// The memory that loading them takes: an eighth more for what is made of them, and what every load needs.
        var neededBytes: Int {
            let (both, overflow) = byteCount.addingReportingOverflow(graphByteCount)
            let (sum, secondOverflow) = both.addingReportingOverflow(both / 8 + 16 << 20)
            return overflow || secondOverflow ? .max : sum
        }
    }

    private let promises = ConditionLock(Promises())
    private let headroom: @Sendable () -> MemoryHeadroom?

    /// - Parameter headroom: asked before each load; nil if the system does not tell.
    public init(headroom: @escaping @Sendable () -> MemoryHeadroom?) { self.headroom = headroom }

    /// Runs `load`, which reads `files`, when there is memory for it. Waits while other loads have it.
    ///
    /// Throws RESOURCE_EXHAUSTED with what is needed, what is there, and the limit, if it would not fit even when no other
    /// load is in progress.
    func admit<R>(_ id: ServableID, _ files: Files, _ load: () throws(Status) -> R) throws(Status) -> R {
        let needed = files.neededBytes
        let answer = promises.wait { promises -> Promises.Answer? in
            let answer = promises.ask(needed, headroom())
            return answer == .wait ? nil : answer
        }
        if case .refused(let headroom) = answer {
            throw .resourceExhausted(
                "Loading \(id) needs about \(needed) bytes of memory for its files of \(files.byteCount) bytes; "
                    + "\(max(0, headroom.available)) bytes are available, of \(headroom.limit) that this process may use"
            )
        }
        defer { promises.withLockNotifyingAll { $0.end(needed) } }
        return try load()
    }
}
