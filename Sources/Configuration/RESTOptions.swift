import ServingCore

/// What the command line says about the REST API.
public struct RESTOptions: Sendable, Hashable {
    public var port: UInt16
    /// nil: as many as there are processors.
    public var threads: Int?
    /// Longest time that a call may take; nil: any.
    public var timeoutMilliseconds: UInt64?
    /// Longest body of a request.
    public var maxBodyBytes: Int
    /// The model that `/predict` asks; nil: the only one.
    public var imageModel: String?
    /// nil: the port is not encrypted.
    public var tls: TLSConfiguration?
    /// Whether answers carry the fields that let pages of other origins use them.
    public var allowsCORS: Bool

    /// Nil without `--rest_api_port`; INVALID_ARGUMENT for numbers that make no sense.
    init?(_ flags: Flags) throws(Status) {
        let port = try ServerOptions.count(flags, "rest_api_port", 0...65535)
        let threads = try ServerOptions.count(flags, "rest_api_num_threads", 1...1024)
        maxBodyBytes = try ServerOptions.count(flags, "rest_api_max_body_bytes", 1...Int64(1) << 40)
        allowsCORS = flags.bool("rest_api_enable_cors_support")
        guard port > 0 else { return nil }
        self.port = UInt16(port)
        let name = flags.string("image_model")
        imageModel = name.isEmpty ? nil : name
        tls = try ServerOptions.tls(flags, "rest_api_ssl_config_file")
        self.threads = flags.isSet("rest_api_num_threads") ? threads : nil
        let timeout = flags.int32("rest_api_timeout_in_ms")
        timeoutMilliseconds = timeout > 0 ? UInt64(timeout) : nil
    }
}
