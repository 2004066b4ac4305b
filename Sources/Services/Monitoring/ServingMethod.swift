/// The calls that are counted.
public enum ServingMethod: Sendable, Hashable, CaseIterable {
    case predict
    case classify
    case regress
    case multiInference
    case sessionRun
    case getModelMetadata
    case getModelStatus
    case handleReloadConfigRequest

    /// The name as metrics show it.
    public var name: String {
        switch self {
        case .predict: "Predict"
        case .classify: "Classify"
        case .regress: "Regress"
        case .multiInference: "MultiInference"
        case .sessionRun: "SessionRun"
        case .getModelMetadata: "GetModelMetadata"
        case .getModelStatus: "GetModelStatus"
        case .handleReloadConfigRequest: "HandleReloadConfigRequest"
        }
    }

    /// Whether it runs a model.
    var runsModel: Bool {
        switch self {
        case .predict, .classify, .regress, .multiInference, .sessionRun: true
        case .getModelMetadata, .getModelStatus, .handleReloadConfigRequest: false
        }
    }

    /// What TensorFlow Serving's latency of runs calls it; nil: it does not count it.
    var referenceName: String? { self == .predict || self == .classify || self == .regress ? name : nil }

    /// What TensorFlow Serving's request metrics call it where it came in by `entryPoint`; nil: they do not count it. Over
    /// REST they count everything, and have no name for what does not run a model.
    func referenceAPI(_ entryPoint: EntryPoint) -> String? {
        entryPoint == .grpc ? referenceName : referenceName?.lowercased() ?? ""
    }
}

/// Where calls come in.
public enum EntryPoint: Sendable, Hashable {
    case grpc
    case rest

    /// The name as TensorFlow Serving's metrics show it.
    public var name: String { self == .grpc ? "GRPC" : "REST" }

    /// The name as our own metrics and the access log show it.
    public var transport: String { self == .grpc ? "grpc" : "rest" }
}
