import ServingCore

/// A request as a connection hands it over: complete, its body still as it was sent.
struct ReceivedRequest: Sendable {
    let method: String
    let target: String
    let headers: HTTPHeaders
    let body: RequestBody
    let arrival: Instant
    let deadline: Deadline
    let cancellation: CancellationFlag

    /// Whether the body is to be inflated. As in TensorFlow Serving, other codings are not looked at.
    var isCompressed: Bool { headers["content-encoding"]?.lowercased().contains("gzip") ?? false }
}
