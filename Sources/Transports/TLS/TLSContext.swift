import COpenSSL
import ServingCore

/// What a server proves itself with, and what it asks of its clients; shared by its TLS connections.
public final class TLSContext: @unchecked Sendable {  // never changes once it is made
    /// The keys and certificates, each as PEM text.
    public struct Settings: Sendable, Hashable {
        /// The server's certificate, and behind it those that lead to the authority that clients know.
        public var certificates = ""
        public var privateKey = ""
        /// Authorities that clients' certificates are checked against; empty: those that the system knows.
        public var authorities = ""
        /// Whether a client must show a certificate.
        public var verifiesClients = false
        /// What is spoken inside, the best first, such as `h2`.
        public var protocols: [String] = ["h2"]

        public init() {}
    }

    let context: OpaquePointer
    private let protocols: [[UInt8]]

    /// Throws INVALID_ARGUMENT with what is wrong with a key or a certificate, never quoting them.
    public init(_ settings: Settings) throws(Status) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSContext.failure("TLS cannot be set up") }
        self.context = context
        protocols = settings.protocols.map { Array($0.utf8) }
        try harden()
        try useCertificates(settings.certificates)
        try useKey(settings.privateKey)
        if settings.verifiesClients { try verifyClients(settings.authorities) }
        SSL_CTX_set_alpn_select_cb(context, TLSContext.chooseProtocol, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { SSL_CTX_free(context) }

    private func harden() throws(Status) {
        guard openssl_set_minimum_version(context, TLS1_2_VERSION) == 1 else {
            throw TLSContext.failure("TLS 1.2 is not available")
        }
        openssl_set_server_options(context)
        // Tickets let a client resume without anything being kept here.
        _ = openssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
    }

    private func useCertificates(_ text: String) throws(Status) {
        let certificates = try TLSContext.certificates(in: text, "server_cert")
        for (index, certificate) in certificates.enumerated() {
            if index == 0 {
                let isUsed = SSL_CTX_use_certificate(context, certificate) == 1
                X509_free(certificate)
                guard isUsed else { throw TLSContext.failure("server_cert cannot be used") }
            } else if openssl_add_chain_certificate(context, certificate) != 1 {
                X509_free(certificate)
                throw TLSContext.failure("certificate \(index + 1) in server_cert cannot be used")
            }
        }
    }

    private func useKey(_ text: String) throws(Status) {
        let key = try TLSContext.reading(text) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in 0 }, nil) }
        guard let key else { throw TLSContext.failure("server_key cannot be read as a private key") }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1 else {
            throw TLSContext.failure("server_key is not the key of the certificate in server_cert")
        }
    }

    private func verifyClients(_ authorities: String) throws(Status) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        guard !authorities.isEmpty else {
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw TLSContext.failure("the system's certificate authorities cannot be read")
            }
            return
        }
        let store = SSL_CTX_get_cert_store(context)
        for certificate in try TLSContext.certificates(in: authorities, "custom_ca") {
            defer { X509_free(certificate) }
            // The names are told to clients, which choose their certificate by them.
            guard X509_STORE_add_cert(store, certificate) == 1, SSL_CTX_add_client_CA(context, certificate) == 1 else {
                throw TLSContext.failure("a certificate in custom_ca cannot be used")
            }
        }
    }

    // MARK: Reading PEM; nobody can be asked for a passphrase

    /// All certificates in `text`, to be freed by the caller; at least one.
    private static func certificates(in text: String, _ field: String) throws(Status) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        var isWhole = true
        try reading(text) { source in
            while let certificate = PEM_read_bio_X509(source, nil, { _, _, _, _ in 0 }, nil) {
                found.append(certificate)
            }
            isWhole = openssl_error_is_end_of_pem(ERR_peek_last_error()) != 0
        }
        if isWhole, !found.isEmpty {
            ERR_clear_error()
            return found
        }
        for certificate in found { X509_free(certificate) }
        throw failure("\(field) cannot be read: its certificate \(found.count + 1) is missing or damaged")
    }

    @discardableResult
    private static func reading<Result>(_ text: String, _ body: (OpaquePointer) -> Result) throws(Status) -> Result {
        var text = text
        let result: Result? = text.withUTF8 { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return body(source)
        }
        guard let result else { throw .resourceExhausted("no memory is left to read keys and certificates") }
        return result
    }

    /// An INVALID_ARGUMENT with OpenSSL's reason.
    private static func failure(_ what: String) -> Status {
        let error = ERR_peek_last_error()
        ERR_clear_error()
        guard error != 0, let reason = ERR_reason_error_string(error) else { return .invalidArgument(what) }
        return .invalidArgument("\(what): \(String(cString: reason))")
    }

    // MARK: What is spoken inside

    /// Chooses the first of our protocols that the client has; a client that has none of them is refused.
    private static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, length, offered, count, context in
        guard let chosen, let length, let offered, let context else { return SSL_TLSEXT_ERR_NOACK }
        let ours = Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue().protocols
        let list = UnsafeBufferPointer(start: offered, count: Int(count))
        for name in ours {
            // The choice points into what the client sent, because ours may move.
            guard let place = TLSContext.place(of: name, in: list) else { continue }
            chosen.pointee = offered + place
            length.pointee = UInt8(truncatingIfNeeded: name.count)
            return SSL_TLSEXT_ERR_OK
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    /// Where `name` stands in a list of names that each stand behind a byte with their length.
    static func place(of name: [UInt8], in list: UnsafeBufferPointer<UInt8>) -> Int? {
        var position = 0
        while position < list.count {
            let start = position + 1
            let end = start + Int(list[position])
            guard end <= list.count else { return nil }
            if list[start..<end].elementsEqual(name) { return start }
            position = end
        }
        return nil
    }
}
