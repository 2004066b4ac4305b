import CServingProtos
import ServingCore

/// Applies a new list of models on behalf of `ModelService.HandleReloadConfigRequest`.
public protocol ModelListReloading: Sendable {
    /// Checks `config` and applies it.
    /// - Parameters:
    ///   - config: read before the function returns.
    ///   - deadline: the caller's.
    ///   - complete: called once, on any thread, with the outcome when the models have settled or time is up.
    /// - Throws: what is wrong with `config`; then nothing has changed and `complete` is not called.
    func reload(
        _ config: UnsafePointer<Tensorflow__Serving__ModelServerConfig>, deadline: Deadline,
        complete: @escaping @Sendable (Status) -> Void
    ) throws(Status)

    /// The value of the first cell of a metric by its internal name, such as
    /// `/tensorflow/cc/saved_model/load_attempt_count`; nil if there is none of that name.
    func metric(_ name: String) -> Int64?
}
