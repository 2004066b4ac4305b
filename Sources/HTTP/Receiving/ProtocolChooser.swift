import Glibc
import ServingCore
import Threading
import Transports

/// What the first bytes of a connection say about its protocol.
enum ProtocolChoice: Equatable {
    case http1
    case http2

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static var prefaceBytes: Int { preface.count }

    /// Nil while `first` could become either.
    init?(_ first: UnsafeRawBufferPointer) {
        guard first.elementsEqual(ProtocolChoice.preface.prefix(first.count)) else {
            self = .http1
            return
        }
        guard first.count == ProtocolChoice.preface.count else { return nil }
        self = .http2
    }
}

/// The connections that have not shown yet which protocol they speak.
final class ProtocolChoosers: Sendable {
    private let limits: HTTPTimeLimits
    private let chosen: @Sendable (Int32, ProtocolChoice) -> Void
    private let waiting = ConditionLock(Waiting())

    private struct Waiting {
        var choosers: [ObjectIdentifier: ProtocolChooser] = [:]
        var isDraining = false
    }

    /// - Parameter chosen: takes over the descriptor, on the loop that it was watched on.
    init(limits: HTTPTimeLimits, chosen: @escaping @Sendable (Int32, ProtocolChoice) -> Void) {
        self.limits = limits
        self.chosen = chosen
    }

    var count: Int { waiting.withLock { $0.choosers.count } }

    /// Waits on `loop` until `descriptor` shows its protocol, and closes it if it shows none.
    func begin(_ descriptor: Int32, on loop: EventLoop) {
        let chooser = ProtocolChooser(descriptor, loop, limits) { [self] chooser, choice in
            if let choice { chosen(descriptor, choice) } else { close(descriptor) }
            waiting.withLockNotifyingAll { $0.choosers[ObjectIdentifier(chooser)] = nil }
        }
        let isDraining = waiting.withLock { waiting in
            waiting.choosers[ObjectIdentifier(chooser)] = chooser
            return waiting.isDraining
        }
        loop.post { _ in
            chooser.begin()
            if isDraining { chooser.hurry() }
        }
    }

    /// Gives those that have just connected a moment for their first bytes.
    /// - Returns: true if all have chosen or were silent.
    func drain(untilNanoseconds deadline: UInt64) -> Bool {
        let choosers = waiting.withLock { waiting in
            waiting.isDraining = true
            return Array(waiting.choosers.values)
        }
        for chooser in choosers { chooser.loop.post { _ in chooser.hurry() } }
        return waiting.wait(untilNanoseconds: deadline) { $0.choosers.isEmpty ? true : nil } ?? false
    }
}

/// Looks at the first bytes of one connection without taking them; confined to its loop.
final class ProtocolChooser: PollHandler, TimerTarget, @unchecked Sendable {  // used on its loop only
    let loop: EventLoop
    private let descriptor: Int32
    private let limits: HTTPTimeLimits
    private let decided: (ProtocolChooser, ProtocolChoice?) -> Void
    private var endTimer: LoopTimer!
    private var lookTimer: LoopTimer!
    private var isDecided = false
    private var hasBegun = false

    /// Between two looks at a beginning that could become either protocol.
    private static let pause: UInt64 = 10_000_000
    /// What a silent connection gets when the server ends.
    private static let lastMoment: UInt64 = 500_000_000

    /// - Parameter decided: called once; with nil if the connection is to be closed.
    init(
        _ descriptor: Int32, _ loop: EventLoop, _ limits: HTTPTimeLimits,
        decided: @escaping (ProtocolChooser, ProtocolChoice?) -> Void
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.limits = limits
        self.decided = decided
        endTimer = LoopTimer(target: self)
        lookTimer = LoopTimer(target: self)
    }

    func begin() {
        do throws(Status) {
            try loop.add(descriptor, self)
        } catch {
            isDecided = true
            return decided(self, nil)
        }
        hasBegun = true
        loop.schedule(endTimer, at: loop.now.advanced(byNanoseconds: limits.silenceNanoseconds))
        look()
    }

    /// The server ends.
    func hurry() {
        guard !isDecided else { return }
        loop.schedule(endTimer, at: loop.now.advanced(byNanoseconds: ProtocolChooser.lastMoment))
    }

    func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        if failed { decide(nil) } else { look() }
    }

    private func look() {
        guard !isDecided else { return }
        withUnsafeTemporaryAllocation(byteCount: ProtocolChoice.prefaceBytes, alignment: 1) { room in
            let count = recv(descriptor, room.baseAddress, room.count, Int32(MSG_PEEK))
            guard count > 0 else {
                if count < 0, errno == EAGAIN || errno == EINTR { return }
                return decide(nil)
            }
            if let choice = ProtocolChoice(UnsafeRawBufferPointer(rebasing: room.prefix(count))) {
                return decide(choice)
            }
            if PeerWatch.hasHungUp(descriptor) { decide(nil) } else { waitForMore() }
        }
    }

    /// The bytes stay where they are, and would be reported again and again.
    private func waitForMore() {
        if !endTimer.isScheduled || loop.now.advanced(byNanoseconds: limits.headerNanoseconds) < endTimer.instant {
            loop.schedule(endTimer, at: loop.now.advanced(byNanoseconds: limits.headerNanoseconds))
        }
        loop.watch(descriptor, reading: false, writing: false)
        loop.schedule(lookTimer, at: loop.now.advanced(byNanoseconds: ProtocolChooser.pause))
    }

    func timerFired(_ timer: LoopTimer) {
        if timer === endTimer { decide(nil) } else { look() }
    }

    private func decide(_ choice: ProtocolChoice?) {
        guard !isDecided else { return }
        isDecided = true
        loop.cancel(endTimer)
        loop.cancel(lookTimer)
        if hasBegun { loop.remove(descriptor) }
        decided(self, choice)
    }
}
