import CServingProtos
import ServingCore
import ServingProtos

/// The TLS settings of the gRPC port, as a `tensorflow.serving.SSLConfig` says.
public enum TLSConfiguration {
    /// Why the server does not start with a file that says anything.
    static let refusal =
        "--ssl_config_file asks for TLS, which this version of the server does not have: its port would not be "
        + "encrypted and clients would not be verified"

    /// Reads the file at `path`. A file without settings is fine; any other is refused with UNIMPLEMENTED, because a port
    /// that answers without the encryption that was asked for is worse than none.
    public static func refuseSettings(in path: String) throws(Status) {
        let message = try ConfigurationFile.read(path, as: Tensorflow__Serving__SSLConfig.self)
        if asksForTLS(message) { throw .unimplemented("\(refusal): '\(path)'") }
    }

    private static func asksForTLS(_ message: Message<Tensorflow__Serving__SSLConfig>) -> Bool {
        !message.packed().isEmpty
    }

    /// Everything that is wrong with the settings.
    static func problems(_ message: Message<Tensorflow__Serving__SSLConfig>) -> [SettingProblem] {
        guard asksForTLS(message) else { return [] }
        let (key, certificate, authorities, verifies) = message.read { config in
            (
                String(proto: config.pointee.server_key), String(proto: config.pointee.server_cert),
                String(proto: config.pointee.custom_ca), config.pointee.client_verify != 0
            )
        }
        var problems = [
            SettingProblem(refusal, at: SettingPath(), advice: "put a proxy that does TLS in front of the server")
        ]
        problems += check("server_key", key, isKey: true, isNeeded: true)
        problems += check("server_cert", certificate, isKey: false, isNeeded: true)
        problems += check("custom_ca", authorities, isKey: false, isNeeded: false)
        if verifies, authorities.isEmpty {
            let text = "client_verify without custom_ca: no authority is named that clients are checked against"
            problems.append(.warning(text, at: SettingPath("client_verify")).following(from: "custom_ca"))
        }
        return problems
    }

    private static func check(_ field: String, _ text: String, isKey: Bool, isNeeded: Bool) -> [SettingProblem] {
        let place = SettingPath(field)
        let what = isKey ? "private key" : "certificate"
        func problem(_ text: String, _ advice: String? = nil) -> [SettingProblem] {
            [SettingProblem(text, at: place, advice: advice)]
        }
        guard !text.isEmpty else {
            return isNeeded ? problem("\(field) is missing: TLS needs the server's \(what)") : []
        }
        let pem = PEMText(text)
        if pem.blocks.isEmpty, pem.fault == nil {
            guard isPath(text) else { return problem("\(field) is not PEM text: it has no BEGIN line") }
            return problem(
                "\(field) holds the path \(text), but the PEM text itself belongs here",
                "write each line of that file as a string that ends with \\n: \"-----BEGIN ...-----\\n\" \"...\\n\"")
        }
        if let fault = pem.fault { return problem("\(field) is not proper PEM: \(fault)") }
        var problems = pem.blocks.compactMap { block in
            block.fault.map { SettingProblem("The \(block.label) in \(field) \($0)", at: place) }
        }
        if let stranger = pem.blocks.first(where: { $0.label.hasSuffix("PRIVATE KEY") != isKey }) {
            if !isKey || !stranger.label.hasSuffix("PARAMETERS") {
                problems += problem("\(field) takes a \(what), but has a \(stranger.label)")
            }
        }
        if isKey, pem.blocks.contains(where: { $0.label == "ENCRYPTED PRIVATE KEY" }) {
            problems += problem("\(field) is protected by a passphrase, which nobody can enter")
        }
        return problems
    }

    private static func isPath(_ text: String) -> Bool {
        guard text.utf8.count < 4096, !text.contains("\n") else { return false }
        return text.hasPrefix("/") || text.hasPrefix(".") || text.hasPrefix("~") || text.hasPrefix("file:")
            || [".pem", ".crt", ".cer", ".key", ".cert", ".der"].contains { text.hasSuffix($0) }
    }
}
