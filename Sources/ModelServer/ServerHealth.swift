import GRPC
import ServingCore
import Synchronization

/// What the health service says of the server, its services and its models.
///
/// The empty name and the services are SERVING from when every model has been tried once until the server is told to
/// end, a model whenever one of its versions is served. When the server ends, nothing is SERVING any more.
final class ServerHealth: Sendable {
    /// The part that changes; pure decisions.
    struct Course {
        /// The models that the configuration names.
        var models: Set<String> = []
        /// Every model that has versions was served or has failed once; stays true.
        var hasTriedModels = false
        var isEnding = false

        /// - Parameters:
        ///   - services: the names that stand for the server's readiness.
        ///   - isServed: of a model: whether one of its versions is served; nil if it has none.
        /// - Returns: nil for a name that nothing has.
        func status(of name: String, services: Set<String>, isServed: (String) -> Bool?) -> HealthStatus? {
            if services.contains(name) { return hasTriedModels && !isEnding ? .serving : .notServing }
            let isServed = isServed(name)
            guard isServed != nil || models.contains(name) else { return nil }
            return isServed == true && !isEnding ? .serving : .notServing
        }
    }

    private let course: Mutex<Course>
    private let services: Set<String>
    private let modelsAreTried: @Sendable () -> Bool
    private let isServed: @Sendable (String) -> Bool?

    /// The names by which TensorFlow Serving's own health service knows its services.
    private static let bareNames = ["ModelService", "PredictionService"]

    /// - Parameters:
    ///   - services: full names of the services that are offered.
    ///   - models: names of the configured models.
    ///   - modelsAreTried: whether every model that has versions has been tried; asked until it once was true.
    ///   - isServed: as for `Course.status`.
    init(
        services: [String], models: [String], modelsAreTried: @escaping @Sendable () -> Bool,
        isServed: @escaping @Sendable (String) -> Bool?
    ) {
        course = Mutex(Course(models: Set(models)))
        self.services = Set(services + ServerHealth.bareNames + [""])
        self.modelsAreTried = modelsAreTried
        self.isServed = isServed
    }

    /// The present status of a name; nil if nothing has it.
    func status(of name: String) -> HealthStatus? {
        noteTriedModels()
        let course = course.withLock { $0 }
        return course.status(of: name, services: services, isServed: isServed)
    }

    private func noteTriedModels() {
        guard !course.withLock({ $0.hasTriedModels }), modelsAreTried() else { return }
        course.withLock { $0.hasTriedModels = true }
    }

    /// Replaces the names of the configured models.
    func setModels(_ names: [String]) { course.withLock { $0.models = Set(names) } }

    /// From now on nothing is SERVING.
    func end() { course.withLock { $0.isEnding = true } }
}
