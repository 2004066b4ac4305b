import CServingProtos
import Configuration
import Servables
import Services
import ServingCore
import Threading

/// The reload call as the services see it.
struct ModelListReloader: ModelListReloading {
    let reloader: ConfigurationReloader
    /// Longest time that an answer may take, nanoseconds.
    let timeout: UInt64
    let manager: ServableManager
    private let clock = SystemClock()
    /// The answer starts so much before the caller gives up, nanoseconds.
    private static let margin: UInt64 = 200_000_000

    init(reloader: ConfigurationReloader, timeoutSeconds: Int32, manager: ServableManager) {
        self.reloader = reloader
        timeout = UInt64(max(0, timeoutSeconds)) * 1_000_000_000
        self.manager = manager
    }

    func reload(
        _ config: UnsafePointer<Tensorflow__Serving__ModelServerConfig>, deadline: Deadline,
        complete: @escaping @Sendable (Status) -> Void
    ) throws(Status) {
        let configuration = try ModelServerConfiguration(config, relativeTo: nil)
        let limit = Instant(nanoseconds: clock.nanoseconds()).advanced(byNanoseconds: timeout)
        let end = deadline.instant.nanoseconds
        let caller = deadline.isNever ? end : end - min(end, ModelListReloader.margin)
        reloader.submit(
            configuration, deadline: Deadline(min(limit, Instant(nanoseconds: caller))), complete: complete)
    }

    func metric(_ name: String) -> Int64? {
        switch name {
        case "/tensorflow/cc/saved_model/load_attempt_count": Int64(clamping: manager.successfulLoads.value)
        case "model_server_failed_loads_total": Int64(clamping: manager.failedLoads.value)
        case "model_server_storage_troubles_total": Int64(clamping: manager.storageTroubles.value)
        default: nil
        }
    }
}
