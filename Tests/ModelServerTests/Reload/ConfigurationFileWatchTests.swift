import Configuration
import ServingCore
import Testing
import Threading

@testable import ModelServer

@Suite struct ConfigurationFileWatchTests {
    private struct Seen {
        var loads = 0
        var applied = 0
        var isBroken = false
    }

    private func waits(_ seen: ConditionLock<Seen>, _ condition: @escaping (Seen) -> Bool) -> Bool {
        let end = SystemClock().nanoseconds() + 60_000_000_000
        return seen.wait(untilNanoseconds: end) { condition($0) ? () : nil } != nil
    }

    private func watch(_ seen: ConditionLock<Seen>, pollSeconds: Int32) -> ConfigurationFileWatch {
        ConfigurationFileWatch(pollSeconds: pollSeconds) { () throws(Status) in
            let isBroken = seen.withLockNotifyingAll { seen in
                seen.loads += 1
                return seen.isBroken
            }
            if isBroken { throw .invalidArgument("broken") }
            return ModelServerConfiguration()
        } apply: { _, complete in
            seen.withLockNotifyingAll { $0.applied += 1 }
            complete(.ok)
        }
    }

    @Test func fileIsReadWhenAskedForOnly() {
        let seen = ConditionLock(Seen())
        let watch = watch(seen, pollSeconds: 0)
        defer { watch.stop() }
        watch.readNow()
        #expect(waits(seen) { $0.applied == 1 })
        #expect(seen.withLock { $0.loads } == 1)
    }

    @Test func fileIsReadEveryPeriodAndNothingIsAppliedWhileItIsBroken() {
        let seen = ConditionLock(Seen(isBroken: true))
        let watch = watch(seen, pollSeconds: 1)
        defer { watch.stop() }
        #expect(waits(seen) { $0.loads >= 2 })
        #expect(seen.withLock { $0.applied } == 0)
        seen.withLock { $0.isBroken = false }
        #expect(waits(seen) { $0.applied >= 1 })
    }
}
