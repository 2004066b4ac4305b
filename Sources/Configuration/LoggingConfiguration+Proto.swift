import CServingProtos
import Records
import ServingCore
import ServingProtos

extension LoggingConfiguration {
    /// What is written where `type` of the log collector is empty, too.
    private static let types = ["tfrecord"]

    /// Takes over the `logging_config` of the model `name`; nil if it asks for nothing to be logged.
    ///
    /// INVALID_ARGUMENT if the sampling rate is no number from 0 to 1, if the type is not known, or if the files have no
    /// prefix, one that is relative without a `folder`, or one on a remote file system.
    /// - Parameters:
    ///   - folder: where a relative prefix starts; nil: it is refused.
    ///   - remarks: gets sentences about settings that do nothing.
    init?(
        _ config: UnsafePointer<Tensorflow__Serving__LoggingConfig>, of name: String, relativeTo folder: String?,
        remarks: inout [String]
    ) throws(Status) {
        let sampling = config.pointee.sampling_config.map { UnsafePointer($0) }
        let rate = sampling?.pointee.sampling_rate ?? 0
        guard rate >= 0, rate <= 1 else {
            throw .invalidArgument(
                "logging_config of model \(name): sampling_rate must be a number from 0 to 1; was \(rate)")
        }
        let collector = config.pointee.log_collector_config.map { UnsafePointer($0) }
        try LoggingConfiguration.check(type: String(proto: collector?.pointee.type), name)
        if config.pointee.custom_logging_config != nil {
            remarks.append("custom_logging_config of model \(name) has no effect: there are no custom request logs")
        }
        if let sampling, sampling.pointee.n_per_task_sampling_configs > 0 {
            remarks.append("per_task_sampling_configs of model \(name) have no effect: sampling_rate holds for all")
        }
        guard rate > 0 else {
            remarks.append("logging_config of model \(name) has no effect: its sampling_rate is 0")
            return nil
        }
        let prefix = try LoggingConfiguration.prefix(
            String(proto: collector?.pointee.filename_prefix), of: name, relativeTo: folder)
        let packed = sampling.map { ProtoPacking.packed($0) } ?? []
        self.init(filenamePrefix: prefix, samplingRate: rate, samplingConfig: packed)
    }

    private static func check(type: String, _ name: String) throws(Status) {
        guard !type.isEmpty, !types.contains(type) else { return }
        throw .invalidArgument(
            "logging_config of model \(name): log_collector_config has the type \"\(type)\"; this server knows \"tfrecord\", "
                + "which is also what no type means")
    }

    private static func prefix(
        _ prefix: String, of name: String, relativeTo folder: String?
    ) throws(Status) -> String {
        guard !prefix.isEmpty else {
            throw .invalidArgument(
                "logging_config of model \(name): log_collector_config needs a filename_prefix, which the names of the log "
                    + "files begin with")
        }
        if let scheme = FilePath.scheme(of: prefix) {
            guard scheme == "file" else {
                throw .invalidArgument(
                    "logging_config of model \(name): filename_prefix is \(prefix), but this server writes local files "
                        + "only")
            }
            return try LoggingConfiguration.prefix(
                String(prefix.dropFirst("file://".count)), of: name, relativeTo: nil)
        }
        if prefix.hasPrefix("/") { return prefix }
        guard let folder else {
            throw .invalidArgument(
                "logging_config of model \(name): filename_prefix must be an absolute path; was \(prefix)")
        }
        var relative = prefix[...]
        while relative.hasPrefix("./") { relative = relative.dropFirst(2) }
        return folder + relative
    }
}
