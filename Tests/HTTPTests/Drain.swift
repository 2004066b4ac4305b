import Glibc
import Threading

@testable import HTTP

/// A server that drains on a thread of its own.
final class Drain {
    private let result = ConditionLock<Bool?>(nil)
    private let thread: Thread

    init(_ server: HTTPServer, seconds: UInt64) {
        let result = result
        thread = Thread(name: "drain") {
            let isComplete = server.drain(withinNanoseconds: seconds * 1_000_000_000)
            result.withLockNotifyingAll { $0 = isComplete }
        }
    }

    deinit { thread.join() }

    /// Whether nothing had to be cut; waits for the end.
    var isComplete: Bool { result.wait { $0 } }
}

/// Waits until `condition` is true; false if that takes very long.
func comesTrue(_ condition: () -> Bool) -> Bool {
    for _ in 0..<12_000 {
        if condition() { return true }
        usleep(5000)
    }
    return false
}
