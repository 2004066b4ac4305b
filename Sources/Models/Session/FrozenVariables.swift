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

    private let state: Mutex<State>

    /// - Parameter written: the variables that signatures write, by identity.
    init(written: Set<ObjectIdentifier>) { state = Mutex(State(written: written)) }

    /// The value of `variable`, if nothing writes it.
    func value(of variable: Variable) -> Tensor? {
        let isFrozen = state.withLock { !$0.areAllWritten && !$0.written.contains(ObjectIdentifier(variable)) }
        return isFrozen ? variable.current : nil
    }

    /// To be called before a program runs that does with variables what `access` says, and by one thread at a time.
    /// - Parameter remake: makes all programs anew that asked for values; called if some may hold one that will change.
    func thaw(_ access: VariableAccess, _ remake: () throws(Status) -> Void) throws(Status) {
        let isStale = state.withLock { state in
            if state.add(access) { state.isStale = true }
            return state.isStale
        }
        guard isStale else { return }
        try remake()
        state.withLock { $0.isStale = false }
    }
}
