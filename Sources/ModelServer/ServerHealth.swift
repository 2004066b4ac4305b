import GRPC
import Servables
import Synchronization

/// What the health service says of the server, its services and its models.
///
/// The empty name and the services are SERVING from when every model has been tried once until the server is told to
/// end, a model whenever one of its versions is served. When the server ends, nothing is SERVING any more.
final class ServerHealth: Sendable {
    /// The part that changes; pure decisions.
    struct Course {
        /// Every model that has versions was served or has failed once; stays true.
        var hasTriedModels = false
        var isEnding = false

        /// Of a name that stands for the server's readiness.
        var server: HealthStatus { hasTriedModels && !isEnding ? .serving : .notServing }

        /// Of a model; `isServed` tells whether one of its versions is served, nil if it has none.
        /// - Returns: nil for a model that does not exist.
        func model(isServed: Bool?, isConfigured: Bool) -> HealthStatus? {
            guard isServed != nil || isConfigured else { return nil }
            return isServed == true && !isEnding ? .serving : .notServing
        }
    }

    private let course = Mutex(Course())
    private let services: Set<String>
    private let manager: ServableManager

    /// The names by which TensorFlow Serving's own health service knows its services.
    private static let bareNames = ["ModelService", "PredictionService"]

    /// - Parameter services: full names of the services that are offered.
    init(services: [String], manager: ServableManager) {
        self.services = Set(services + ServerHealth.bareNames + [""])
        self.manager = manager
    }

    /// The present status of a name; nil if nothing has it. A service goes before a model of the same name.
    func status(of name: String) -> HealthStatus? {
        noteFirstLoads()
        let course = course.withLock { $0 }
        if services.contains(name) { return course.server }
        return course.model(isServed: manager.isServed(name), isConfigured: manager.isConfigured(name))
    }

    /// Whether every model that has versions was served or has failed once; stays true.
    var hasTriedModels: Bool {
        noteFirstLoads()
        return course.withLock { $0.hasTriedModels }
    }

    /// Whether the server has been told to end.
    var isEnding: Bool { course.withLock { $0.isEnding } }

    /// Whether the server and its services are SERVING.
    var isServing: Bool {
        noteFirstLoads()
        return course.withLock { $0.server == .serving }
    }

    private func noteFirstLoads() {
        guard !course.withLock({ $0.hasTriedModels }), manager.isThroughFirstLoads else { return }
        course.withLock { $0.hasTriedModels = true }
    }

    /// From now on nothing is SERVING.
    func end() { course.withLock { $0.isEnding = true } }
}
