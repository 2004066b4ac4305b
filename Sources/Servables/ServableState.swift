import ServingCore

/// Where a version is in its life; raw values are those of `tensorflow.serving.ModelVersionStatus.State`.
public enum ServableState: Int32, Sendable, CaseIterable {
    case start = 10
    case loading = 20
    case available = 30
    case unloading = 40
    case end = 50

    /// The name of the enum value on the wire, for example `AVAILABLE`.
    public var name: String {
        switch self {
        case .start: "START"
        case .loading: "LOADING"
        case .available: "AVAILABLE"
        case .unloading: "UNLOADING"
        case .end: "END"
        }
    }
}

/// What is known about one version: its state, and the error that ended it or that it is waiting to get over.
public struct ServableVersionState: Sendable, Hashable {
    public let id: ServableID
    public let state: ServableState
    public let status: Status

    public init(id: ServableID, state: ServableState, status: Status = .ok) {
        self.id = id
        self.state = state
        self.status = status
    }
}
