/// What OpenTelemetry's environment variables ask for.
public struct TracingSettings: Sendable {
    /// Where spans go; nil: nowhere.
    public var collector: CollectorAddress?
    /// Field names and values that each export carries.
    public var headers: [(name: String, value: String)] = []
    /// How long one export may take, nanoseconds.
    public var timeout: UInt64 = 10_000_000_000
    public var sampler = TraceSampler()
    /// Who reports.
    public var resource: [Span.Attribute] = []
    /// Sentences about what is set and can't be followed.
    public var remarks: [String] = []

    public init() {}

    /// - Parameter variable: the value of an environment variable; nil if it is not set.
    public init(environment variable: (String) -> String?) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        guard value("OTEL_SDK_DISABLED")?.lowercased() != "true", value("OTEL_TRACES_EXPORTER") != "none" else {
            return
        }
        collector = address(value)
        guard collector != nil else { return }
        if let text = value("OTEL_EXPORTER_OTLP_TRACES_HEADERS") ?? value("OTEL_EXPORTER_OTLP_HEADERS") {
            headers = pairs(text, of: "OTEL_EXPORTER_OTLP_HEADERS")
                .map { (name: $0.key, value: $0.value) }
                .filter { TracingSettings.isField($0.name, $0.value) }
        }
        if let text = value("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") ?? value("OTEL_EXPORTER_OTLP_TIMEOUT") {
            if let milliseconds = UInt32(text), milliseconds > 0 {
                timeout = UInt64(milliseconds) * 1_000_000
            } else {
                remarks.append("OTEL_EXPORTER_OTLP_TIMEOUT must be a number of milliseconds; was '\(text)'")
            }
        }
        let name = value("OTEL_TRACES_SAMPLER")
        let argument = value("OTEL_TRACES_SAMPLER_ARG")
        if let known = TraceSampler(name: name, argument: argument) {
            sampler = known
        } else {
            remarks.append(
                "OTEL_TRACES_SAMPLER '\(name ?? "")' with OTEL_TRACES_SAMPLER_ARG '\(argument ?? "")' is not a sampler that this "
                    + "server knows: every trace is recorded that callers do not ask to leave out")
        }
        resource = [Span.Attribute("service.name", .text(value("OTEL_SERVICE_NAME") ?? "model_server"))]
        for (key, text) in pairs(value("OTEL_RESOURCE_ATTRIBUTES") ?? "", of: "OTEL_RESOURCE_ATTRIBUTES") {
            if key != "service.name" {
                resource.append(Span.Attribute(key, .text(text)))
            } else if value("OTEL_SERVICE_NAME") == nil {
                resource[0].value = .text(text)
            }
        }
    }

    private mutating func address(_ value: (String) -> String?) -> CollectorAddress? {
        let own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        let common = "OTEL_EXPORTER_OTLP_ENDPOINT"
        guard let url = value(own) ?? value(common) else { return nil }
        let name = value(own) == nil ? common : own
        let transport = value("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? value("OTEL_EXPORTER_OTLP_PROTOCOL")
        if let transport, transport != "http/json" {
            remarks.append(
                "OTEL_EXPORTER_OTLP_PROTOCOL is \(transport), but this server exports spans as http/json, which collectors take "
                    + "where they take http/protobuf")
        }
        do throws(CollectorAddress.Fault) {
            let address = try CollectorAddress(url)
            return name == own ? address : address.appending("v1/traces")
        } catch {
            let reason =
                error == .encrypted
                ? "this server exports spans over plain http only; name a collector beside it, which may pass them on encrypted"
                : "expected http://host:port"
            remarks.append("\(name) is '\(url)': no spans are exported, because \(reason)")
            return nil
        }
    }

    /// `key=value,key=value`, with percent-encoding; what is neither is left out and remarked on.
    private mutating func pairs(_ text: String, of name: String) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "="), equals != part.startIndex else {
                remarks.append("\(name): expected key=value, was '\(part)'")
                continue
            }
            let key = TracingSettings.trimmed(part[..<equals])
            let value = TracingSettings.trimmed(part[part.index(after: equals)...])
            pairs.append((key: TracingSettings.decoded(key), value: TracingSettings.decoded(value)))
        }
        return pairs
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Without percent-encoding.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            let digits = String(
                decoding: source[min(index + 1, source.count)..<min(index + 3, source.count)], as: UTF8.self)
            if source[index] == UInt8(ascii: "%"), digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this may stand in the head of an HTTP request.
    private static func isField(_ name: String, _ value: String) -> Bool {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        return !name.isEmpty && isName && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}
