/// Work handed to an event loop from another thread; an object and not a closure, so that handing over allocates
/// nothing.
package protocol LoopTask: AnyObject, Sendable {
    /// Called once for each `post`, on the loop's thread.
    func runOnLoop()
}

/// What a loop calls when a descriptor is ready; called on the loop's thread.
package protocol PollHandler: AnyObject {
    /// - Parameters:
    ///   - readable: bytes, a connection or the end of the stream can be read.
    ///   - writable: room for bytes; only reported if it was asked for.
    ///   - failed: the descriptor is broken or hung up in both directions.
    func descriptorReady(readable: Bool, writable: Bool, failed: Bool)
}

/// What a loop calls when a timer's instant has come; called on the loop's thread.
package protocol TimerTarget: AnyObject {
    func timerFired(_ timer: LoopTimer)
}

/// What a loop calls once at the end of an iteration for everybody who asked by `flushLater`, so that the answers to
/// many events leave in one write.
package protocol LoopFlushable: AnyObject {
    func flush()
}
