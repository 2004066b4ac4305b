import Glibc
import ServingCore
import Threading

/// Takes the signals that end the server, on a thread of its own from before the first model is loaded: a load may last
/// for minutes, and whoever stops the process meanwhile must not have to wait for it.
final class SignalWatch: Sendable {
    /// What a signal means depends on how far the server has come.
    struct Course {
        enum Reaction: Equatable {
            /// Nobody is served yet, so nothing has to be finished.
            case endAtOnce
            case beginEnding
            /// The second signal: whoever sent it does not want to wait.
            case abort
        }

        private enum Phase { case starting, serving, ending }

        private var phase = Phase.starting
        /// The signal that began the end.
        private(set) var received: Int32?

        /// From now on calls may be in flight.
        mutating func serves() { phase = .serving }

        mutating func receive(_ signal: Int32) -> Reaction {
            switch phase {
            case .starting: return .endAtOnce
            case .serving:
                phase = .ending
                received = signal
                return .beginEnding
            case .ending: return .abort
            }
        }
    }

    private let course = ConditionLock(Course())
    /// What SIGHUP asks for.
    private let hangUp = ConditionLock<(@Sendable () -> Void)?>(nil)
    /// What is to be done before the process ends at once.
    private let lastAct = ConditionLock<(@Sendable () -> Void)?>(nil)

    /// Starts to watch. `Signals.block` must have been called.
    init() {
        _ = Thread(name: "signals") { [self] in
            while true {
                let signal = Signals.wait()
                if signal == SIGHUP { reactToHangUp() } else { react(to: signal) }
            }
        }
    }

    /// Calls `action` at each SIGHUP from now on, on the thread of the signals.
    func onHangUp(_ action: @escaping @Sendable () -> Void) { hangUp.withLock { $0 = action } }

    /// Calls `action`, which must be quick, before a signal ends the process at once.
    func beforeEnd(_ action: @escaping @Sendable () -> Void) { lastAct.withLock { $0 = action } }

    private func end(_ status: Int32) -> Never {
        lastAct.withLock { $0 }?()
        _exit(status)
    }

    private func reactToHangUp() {
        guard let action = hangUp.withLock({ $0 }) else {
            return Log.warning("Received SIGHUP, but there is no --model_config_file to read again")
        }
        Log.info("Received SIGHUP: reading the list of models again")
        action()
    }

    private func react(to signal: Int32) {
        // Under the lock, so that no port is opened once the end has been decided.
        course.withLockNotifyingAll { course in
            switch course.receive(signal) {
            case .endAtOnce:
                Log.info("Received signal \(signal) before anything is served: stopping")
                end(0)
            case .beginEnding: break
            case .abort:
                Log.warning("Received signal \(signal) again: stopping at once")
                end(128 + signal)
            }
        }
    }

    /// To be called before the first port is opened.
    func beginServing() { course.withLock { $0.serves() } }

    /// Waits for the signal that begins the end, and returns it.
    func waitForEnd() -> Int32 { course.wait { $0.received } }
}
