import Batching

/// What a caller may be told beside the answer: who served it, and what it took.
public struct ServingFacts: Sendable, Hashable {
    /// The version of the model that the call was resolved to.
    public var version: Int64
    /// Nil if the call ended before anything was computed.
    public var timings: RunTimings?

    public init(version: Int64, timings: RunTimings? = nil) {
        self.version = version
        self.timings = timings
    }
}
