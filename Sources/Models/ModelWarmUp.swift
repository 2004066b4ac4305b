import Servables
import ServingCore

/// What a version goes through after it was built and before it is served.
public protocol ModelWarmUp: Sendable {
    /// Runs `model`. Throws what makes it unfit to serve, or `Status.loadingCancelled` as soon as possible after
    /// `isWanted` has become false.
    /// - Parameter directory: the version's.
    func run(_ model: Model, _ id: ServableID, directory: String, isWanted: () -> Bool) throws(Status)
}
