/// What the health service says of a name; raw values are those of `grpc.health.v1.HealthCheckResponse.ServingStatus`.
public enum HealthStatus: Int32, Sendable, CaseIterable {
    case unknown = 0
    case serving = 1
    case notServing = 2
    /// Only in answers of Watch; Check fails with NOT_FOUND instead.
    case serviceUnknown = 3
}
