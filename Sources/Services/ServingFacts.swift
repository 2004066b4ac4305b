import Batching

/// What a caller may be told beside the answer, and what metrics count: who served it, and what it took.
public struct ServingFacts: Sendable, Hashable {
    /// The name in the request; empty if the call never got as far as to read one.
    public var model: String
    /// The version of the model that the call was resolved to; nil if there is none.
    public var version: Int64?
    /// Empty if the call has no signature, or several.
    public var signatureName: String
    /// Nil if the call ended before anything was computed.
    public var timings: RunTimings?
    /// The examples of a Classify, Regress or MultiInference request.
    public var exampleCount: Int?

    public init(model: String = "", version: Int64?, signatureName: String = "", timings: RunTimings? = nil) {
        self.model = model
        self.version = version
        self.signatureName = signatureName
        self.timings = timings
    }
}
