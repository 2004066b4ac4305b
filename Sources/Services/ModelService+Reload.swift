import CServingProtos
import ServingCore
import ServingProtos

extension ModelService {
    private static let typeRefusal = Status.invalidArgument(
        "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported"
    )

    /// Replaces the list of models and answers when the models that are new or changed are served or have failed.
    ///
    /// INVALID_ARGUMENT if the list is not valid, and then nothing has changed; otherwise the error names every model
    /// that could not be served, and all others are.
    public func handleReloadConfigRequest(_ call: ServiceCall) {
        do throws(Status) {
            guard let reloader else { throw Status(.unimplemented, "") }
            let message = try Message<Tensorflow__Serving__ReloadConfigRequest>(
                unpacking: call.message, failure: .internalError)
            try message.read { (request) throws(Status) in
                guard let config = request.pointee.config,
                    config.pointee.config_case == TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_MODEL_CONFIG_LIST
                else { throw ModelService.typeRefusal }
                let names = Repeated.strings(request.pointee.metric_names, request.pointee.n_metric_names)
                let before = ModelService.metrics(names, reloader)
                try reloader.reload(config, deadline: call.deadline) { status in
                    guard status.isOK else { return call.complete(.failure(status)) }
                    let increases = ModelService.metrics(names, reloader).map { name, value in
                        (name, value &- (before.first { $0.name == name }?.value ?? 0))
                    }
                    call.complete(.success(WireAnswer(ModelService.encode(increases))))
                }
            }
        } catch {
            call.complete(.failure(error))
        }
    }

    private static func metrics(
        _ names: [String], _ reloader: any ModelListReloading
    ) -> [(name: String, value: Int64)] {
        Set(names).sorted().compactMap { name in reloader.metric(name).map { (name, $0) } }
    }

    /// A `ReloadConfigResponse` whose status is OK.
    private static func encode(_ increases: [(name: String, value: Int64)]) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, message: [])
        for increase in increases {
            var metric = WireWriter()
            metric.append(field: 1, string: increase.name)
            // A member of a oneof, so that zero is written, too.
            metric.append(varint: 2 << 3)
            metric.append(varint: UInt64(bitPattern: increase.value))
            writer.append(field: 2, message: metric.bytes)
        }
        return writer.bytes
    }
}
