import CServingProtos
import ServingCore
import ServingProtos

/// The kinds of text files that the server's flags name.
public enum ConfigurationKind: String, Sendable, CaseIterable {
    case models
    case batching
    case ssl
    case monitoring
    case platform
    case session

    /// The flag that takes such a file.
    public var flag: String {
        switch self {
        case .models: "model_config_file"
        case .batching: "batching_parameters_file"
        case .ssl: "ssl_config_file"
        case .monitoring: "monitoring_config_file"
        case .platform: "platform_config_file"
        case .session: "tensorflow_session_config_file"
        }
    }

    /// The message that the file holds.
    var descriptor: MessageDescriptor {
        switch self {
        case .models: Tensorflow__Serving__ModelServerConfig.descriptor
        case .batching: Tensorflow__Serving__BatchingParameters.descriptor
        case .ssl: Tensorflow__Serving__SSLConfig.descriptor
        case .monitoring: Tensorflow__Serving__MonitoringConfig.descriptor
        case .platform: Tensorflow__Serving__PlatformConfigMap.descriptor
        case .session: Tensorflow__ConfigProto.descriptor
        }
    }
}

extension ConfigurationKind {
    /// The kind that `text` most probably is, and why, as a sentence's end.
    static func recognise(_ text: UnsafeRawBufferPointer, fileName: String) -> (kind: ConfigurationKind, why: String) {
        if PEMText.isPEM(text) { return (.ssl, "it is PEM text") }
        let survey = TextSurvey(text)
        var best: (kind: ConfigurationKind, score: Int, name: String?)?
        for kind in allCases {
            let (score, name) = survey.resemblance(to: kind.descriptor)
            if score > best?.score ?? 0 { best = (kind, score, name) }
        }
        if let best { return (best.kind, best.name.map { "it has \"\($0)\"" } ?? "of its fields") }
        let what = survey.isEmpty ? "it is empty" : "none of its fields is known"
        if let kind = named(in: fileName) { return (kind, "\(what); its name speaks for it") }
        return (.models, "\(what); force a kind with --type")
    }

    /// The kind that the name of the file speaks for.
    private static func named(in fileName: String) -> ConfigurationKind? {
        let name = fileName.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let words: [(String, ConfigurationKind)] = [
            ("batch", .batching), ("ssl", .ssl), ("tls", .ssl), ("monitor", .monitoring), ("platform", .platform),
            ("session", .session), ("model", .models),
        ]
        return words.first { name.contains($0.0) }?.1
    }
}
