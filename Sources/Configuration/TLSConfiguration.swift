import CServingProtos
import ServingCore
import ServingProtos
import Transports

/// The TLS settings of a port, as a `tensorflow.serving.SSLConfig` says; keys and certificates are PEM text.
public struct TLSConfiguration: Sendable, Hashable {
    public let privateKey: String
    /// The server's certificate, and behind it those that lead to an authority.
    public let certificates: String
    /// Authorities that clients are checked against; empty: those that the system knows.
    public let authorities: String
    /// Whether clients must show a certificate.
    public let verifiesClients: Bool

    /// Reads the file at `path`; nil if it has no settings. INVALID_ARGUMENT with the first thing that is wrong with how they
    /// are written.
    public init?(contentsOf path: String) throws(Status) {
        let message = try ConfigurationFile.read(path, as: Tensorflow__Serving__SSLConfig.self)
        guard TLSConfiguration.asksForTLS(message) else { return nil }
        if let problem = TLSConfiguration.problems(message).first(where: { !$0.isWarning }) {
            throw .invalidArgument("'\(path)': \(problem.text)")
        }
        self.init(message)
    }

    private init(_ message: Message<Tensorflow__Serving__SSLConfig>) {
        (privateKey, certificates, authorities, verifiesClients) = message.read { config in
            (
                String(proto: config.pointee.server_key), String(proto: config.pointee.server_cert),
                String(proto: config.pointee.custom_ca), config.pointee.client_verify != 0
            )
        }
    }

    /// What a server with these settings needs. INVALID_ARGUMENT with what is wrong with a key or a certificate.
    /// - Parameter protocols: what is spoken inside, the best first.
    public func context(protocols: [String]) throws(Status) -> TLSContext {
        var settings = TLSContext.Settings()
        settings.certificates = certificates
        settings.privateKey = privateKey
        settings.authorities = authorities
        settings.verifiesClients = verifiesClients
        settings.protocols = protocols
        return try TLSContext(settings)
    }

    private static func asksForTLS(_ message: Message<Tensorflow__Serving__SSLConfig>) -> Bool {
        !message.packed().isEmpty
    }

    /// Everything that is wrong with the settings; if they are written well, whether they can be used together.
    static func findings(_ message: Message<Tensorflow__Serving__SSLConfig>) -> [SettingProblem] {
        let problems = problems(message)
        guard asksForTLS(message), problems.allSatisfy(\.isWarning) else { return problems }
        do throws(Status) {
            _ = try TLSConfiguration(message).context(protocols: ["h2"])
            return problems
        } catch {
            return problems + [SettingProblem(error.message, at: SettingPath())]
        }
    }

    /// Everything that is wrong with how the settings are written.
    static func problems(_ message: Message<Tensorflow__Serving__SSLConfig>) -> [SettingProblem] {
        guard asksForTLS(message) else { return [] }
        let settings = TLSConfiguration(message)
        var problems = check("server_key", settings.privateKey, isKey: true, isNeeded: true)
        problems += check("server_cert", settings.certificates, isKey: false, isNeeded: true)
        problems += check("custom_ca", settings.authorities, isKey: false, isNeeded: false)
        if settings.verifiesClients, settings.authorities.isEmpty {
            let text =
                "client_verify without custom_ca: clients are checked against the authorities that the system knows"
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
