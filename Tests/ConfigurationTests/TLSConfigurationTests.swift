import CServingProtos
import ServingCore
import ServingProtos
import TestSupport
import Testing

@testable import Configuration

private func pem(_ label: String, _ body: String = "MAMCAQU=") -> String {
    "-----BEGIN \(label)-----\\n\(body)\\n-----END \(label)-----\\n"
}

/// What is wrong with how the settings are written.
private func problems(_ text: String) throws -> [String] {
    let message = try TextFormat.parse(text, fileName: "f", as: Tensorflow__Serving__SSLConfig.self)
    return TLSConfiguration.problems(message).map(\.text)
}

private let key = "server_key: '\(pem("PRIVATE KEY"))' "
private let certificate = "server_cert: '\(pem("CERTIFICATE"))' "

@Test func properPEMHasNoProblems() throws {
    #expect(try problems("").isEmpty)
    #expect(try problems(key + certificate).isEmpty)
    #expect(try problems("server_key: '\(pem("EC PARAMETERS"))\(pem("EC PRIVATE KEY"))' " + certificate).isEmpty)
    #expect(
        try problems(
            key + "server_cert: '\(pem("CERTIFICATE"))\(pem("CERTIFICATE"))' custom_ca: '\(pem("CERTIFICATE"))'"
        )
        .isEmpty)
}

private let mistakes: [(String, String)] = [
    (certificate, "server_key is missing: TLS needs the server's private key"),
    (key, "server_cert is missing: TLS needs the server's certificate"),
    (
        "server_key: '/etc/tls/key.pem' " + certificate,
        "server_key holds the path /etc/tls/key.pem, but the PEM text itself belongs here"
    ),
    (key + "server_cert: 'cert.pem'", "server_cert holds the path cert.pem, but the PEM text itself belongs here"),
    ("server_key: 'secret' " + certificate, "server_key is not PEM text: it has no BEGIN line"),
    (
        key + "server_cert: '\(pem("PRIVATE KEY"))'", "server_cert takes a certificate, but has a PRIVATE KEY"
    ),
    ("server_key: '\(pem("CERTIFICATE"))' " + certificate, "server_key takes a private key, but has a CERTIFICATE"),
    (
        "server_key: '\(pem("ENCRYPTED PRIVATE KEY"))' " + certificate,
        "server_key is protected by a passphrase, which nobody can enter"
    ),
    (
        "server_key: '\(pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\\n\\nMAMCAQU="))' " + certificate,
        "The RSA PRIVATE KEY in server_key is protected by a passphrase, which nobody can enter"
    ),
    (key + "server_cert: '\(pem("CERTIFICATE", "MAMCAQU"))'", "The CERTIFICATE in server_cert is not base64"),
    (
        key + "server_cert: '\(pem("CERTIFICATE", "MAQCAQU="))'",
        "The CERTIFICATE in server_cert is cut off or damaged: its content does not end where its header says"
    ),
    (
        key + "server_cert: '-----BEGIN CERTIFICATE-----\\nMAMCAQU=\\n'",
        "server_cert is not proper PEM: the block CERTIFICATE has no END line"
    ),
    (
        key + "server_cert: '-----BEGIN CERTIFICATE-----MAMCAQU=-----END CERTIFICATE-----'",
        "server_cert is not proper PEM: a BEGIN line has more behind its dashes: each line needs a line break (\\n) at "
            + "its end"
    ),
    (
        key + certificate + "client_verify: true",
        "client_verify without custom_ca: clients are checked against the authorities that the system knows"
    ),
]

@Test(arguments: mistakes)
func mistakesInTLSFilesAreNamed(text: String, problem: String) throws {
    #expect(try problems(text) == [problem])
}

@Test func keysAreNotShown() {
    let secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDsecretsecretsecret"
    for text in [
        "server_key: '\(secret)'", "server_key: '\(pem("PRIVATE KEY", secret))'", "server_kay: '\(secret)'",
        "server_key: \"-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----\"",
        "-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----", "server_key { value: '\(secret)' }",
        "server_key '\(secret)'", "server_key: \(secret)", "\(secret): 1",
        "client_verify: \(secret)", "client_verify: '\(secret)'", "server_key: 'a' '\(secret)' \(secret)",
    ] {
        let report = Array(text.utf8).withUnsafeBytes {
            ConfigurationCheck(lookingAt: nil).check($0, named: "tls.txt", as: .ssl)
        }
        #expect(!report.isAccepted && !report.text.contains("secretsecret"), "\(report.text)")
        #expect(!ConfigurationReport.json([report]).contains("secretsecret"))
    }
}

@Test func fileWithoutSettingsAsksForNothing() throws {
    let directory = TemporaryDirectory()
    for text in ["", "# nothing\n", "client_verify: false"] {
        let file = directory.write("empty.txt", text)
        #expect(try TLSConfiguration(contentsOf: file) == nil)
        #expect(ConfigurationCheck().check(file, as: .ssl).isAccepted)
    }
}

@Test func settingsThatCannotBeUsedAreRefused() throws {
    let directory = TemporaryDirectory()
    for text in ["client_verify: true", "custom_ca: 'x'", key] {
        let file = directory.write("tls.txt", text)
        #expect(throws: Status.self) { try TLSConfiguration(contentsOf: file) }
        #expect(!ConfigurationCheck().check(file, as: .ssl).isAccepted)
    }
    // Well written, but neither a key nor a certificate.
    let file = directory.write("tls.txt", key + certificate)
    let settings = try #require(try TLSConfiguration(contentsOf: file))
    #expect(throws: Status.self) { try settings.context(protocols: ["h2"]) }
    #expect(!ConfigurationCheck().check(file, as: .ssl).isAccepted)
}
