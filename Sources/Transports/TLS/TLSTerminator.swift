import CPlatform
import Glibc
import ServingCore
import Threading

/// Ends the TLS of connections before anybody serves them.
public final class TLSTerminator: Sendable {
    private let context: TLSContext
    private let openRelays = ConditionLock(0)

    public init(_ context: TLSContext) { self.context = context }

    /// Takes over the encrypted connection `descriptor`, which is non-blocking, on the thread of `loop`.
    /// - Returns: what is said inside, for whoever serves it; nil if the system has no descriptors or memory left, and then
    ///   the connection is closed.
    package func begin(_ descriptor: Int32, on loop: EventLoop) -> Int32? {
        var pair: (Int32, Int32) = (-1, -1)
        let isPaired = withUnsafeMutableBytes(of: &pair) {
            cplatform_socket_pair($0.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        guard isPaired == 0, let session = TLSSession(context, descriptor: descriptor) else {
            for each in [descriptor, pair.0, pair.1] where each >= 0 { Glibc.close(each) }
            return nil
        }
        let relay = TLSRelay(
            session: session, wire: descriptor, inner: pair.0, loop: loop,
            opened: { [self] in openRelays.withLock { $0 += 1 } },
            closed: { [self] in openRelays.withLockNotifyingAll { $0 -= 1 } })
        relay.start()
        return pair.1
    }

    /// Returns when everything that was said has been sent and the connections are closed, or when `deadline`, nanoseconds
    /// of the monotonic clock, has passed. Who is still shaking hands is not waited for. Must not be called on a loop.
    package func drain(untilNanoseconds deadline: UInt64) {
        _ = openRelays.wait(untilNanoseconds: deadline) { $0 == 0 ? () : nil }
    }
}

extension TLSTerminator: Hashable {
    public static func == (a: TLSTerminator, b: TLSTerminator) -> Bool { a === b }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
