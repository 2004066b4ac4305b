/// The calls that run models.
public enum ServingMethod: Sendable, Hashable, CaseIterable {
    case predict
    case classify
    case regress
    case multiInference
    case sessionRun

    /// The name as metrics show it.
    public var name: String {
        switch self {
        case .predict: "Predict"
        case .classify: "Classify"
        case .regress: "Regress"
        case .multiInference: "MultiInference"
        case .sessionRun: "SessionRun"
        }
    }

    /// Whether TensorFlow Serving's own request metrics count it.
    var isCountedByReference: Bool { self == .predict || self == .classify || self == .regress }
}

/// Where calls come in.
public enum EntryPoint: Sendable, Hashable {
    case grpc
    case rest

    /// The name as metrics show it.
    public var name: String { self == .grpc ? "GRPC" : "REST" }
}
