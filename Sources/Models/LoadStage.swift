import ServingCore
import Threading

/// A step on the way from a version's directory to a model.
public enum LoadStage: String, Sendable, CaseIterable {
    /// The graph's own restore op reads the variables.
    case restoreGraph = "restore_graph"
    /// The graph's initialisation op runs.
    case initGraph = "init_graph"
    /// Signatures become programs.
    case compile
    /// The version is run before it is served.
    case warmUp = "warm_up"
}

/// What one step took.
public struct LoadStageReport: Sendable, Hashable {
    /// The version's.
    public let directory: String
    public let stage: LoadStage
    public let nanoseconds: UInt64
}

extension Model.Environment {
    /// Does one step of a load, and tells what it took if it succeeds.
    func timed<R>(_ stage: LoadStage, of directory: String, _ body: () throws(Status) -> R) throws(Status) -> R {
        guard let stageObserver else { return try body() }
        let clock = SystemClock()
        let start = clock.nanoseconds()
        let result = try body()
        stageObserver(
            LoadStageReport(directory: directory, stage: stage, nanoseconds: clock.nanoseconds() &- start))
        return result
    }
}
