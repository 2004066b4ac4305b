import Compiler
import Execution
import ServingCore
import Synchronization
import Tensors

/// Which variables have one value for ever, so that programs may hold it as a constant.
final class FrozenVariables: Sendable {
    private struct State {
        var written: Set<ObjectIdentifier>
        var areAllWritten = false
        /// Whether there may be programs that still hold the value of a variable that is not frozen any more.
        var isStale = false

        /// Returns whether a variable that was frozen is not any more.
        mutating func add(_ access: VariableAccess) -> Bool {
            guard !areAllWritten else { return false }
            let count = written.count
            written.formUnion(access.written)
            areAllWritten = access.mayWriteOthers
            return areAllWritten || written.count > count
        }
    }

    private struct Holder {
        weak var programs: SignaturePrograms?
    }

    private let state: Mutex<State>
    /// Who may hold values.
    private let holders = Mutex<[Holder]>([])

    /// - Parameter written: the variables that signatures write, by identity.
    init(written: Set<ObjectIdentifier>) { state = Mutex(State(written: written)) }

    /// The value of `variable`, if nothing writes it.
    func value(of variable: Variable) -> Tensor? {
        let isFrozen = state.withLock { !$0.areAllWritten && !$0.written.contains(ObjectIdentifier(variable)) }
        return isFrozen ? variable.current : nil
    }

    /// Takes note of programs that may hold values, as long as they live.
    func register(_ programs: SignaturePrograms) {
        holders.withLock { holders in
            holders.removeAll { $0.programs == nil }
            holders.append(Holder(programs: programs))
        }
    }

    /// To be called before a program runs that does with variables what `access` says, and by one thread at a time. Has all
    /// programs made anew that may hold a value that will change; throws if that fails, and then the run must not begin.
    func thaw(_ access: VariableAccess) throws(Status) {
        let isStale = state.withLock { state in
            if state.add(access) { state.isStale = true }
            return state.isStale
        }
        guard isStale else { return }
        for programs in holders.withLock({ $0.compactMap(\.programs) }) { try programs.remake() }
        state.withLock { $0.isStale = false }
    }
}
