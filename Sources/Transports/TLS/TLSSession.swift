import COpenSSL
import Glibc

/// OpenSSL's side of one connection over a non-blocking socket; confined to a thread.
final class TLSSession {
    /// How a read or a write went.
    enum Outcome: Equatable {
        case moved(Int)
        /// Nothing moves before the socket can be read, or written.
        case waitsForInput
        case waitsForOutput
        /// The peer has said or shown that it sends nothing more.
        case ended
        case failed
    }

    private let ssl: OpaquePointer

    /// Nil without memory.
    init?(_ context: TLSContext, descriptor: Int32) {
        guard let ssl = SSL_new(context.context) else { return nil }
        self.ssl = ssl
        guard SSL_set_fd(ssl, descriptor) == 1 else {
            SSL_free(ssl)
            return nil
        }
        SSL_set_accept_state(ssl)
    }

    deinit { SSL_free(ssl) }

    /// Goes on with the handshake; `moved` when it is done.
    func shakeHands() -> Outcome { outcome(SSL_do_handshake(ssl)) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        outcome(SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count)))
    }

    /// Writes some of `bytes`, which are not empty; after waiting it is to be called with the same bytes.
    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        outcome(SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)))
    }

    /// Tells the peer that nothing more comes.
    func sayGoodbye() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
    }

    private func outcome(_ result: Int32) -> Outcome {
        defer { ERR_clear_error() }
        if result > 0 { return .moved(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .waitsForInput
        case SSL_ERROR_WANT_WRITE: return .waitsForOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed
        }
    }
}
