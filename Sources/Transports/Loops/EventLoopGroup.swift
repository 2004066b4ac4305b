import ServingCore
import Synchronization

/// The event loops of a server; connections are dealt out to them in turn.
public final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Starts `count` loops (at least one), each on a thread of its own.
    /// - Throws: RESOURCE_EXHAUSTED or INTERNAL if the system refuses a descriptor.
    public init(count: Int, name: String = "io") throws(Status) {
        var loops: [EventLoop] = []
        for index in 0..<max(1, count) { loops.append(try EventLoop(name: "\(name)-\(index)")) }
        self.loops = loops
        for loop in loops { loop.start() }
    }

    /// The loop whose turn it is.
    package func next() -> EventLoop {
        let ticket = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: ticket) % UInt(loops.count))]
    }

    /// Ends all loops and joins their threads. Must not be called on one of them.
    public func stop() {
        for loop in loops { loop.stop() }
    }
}
