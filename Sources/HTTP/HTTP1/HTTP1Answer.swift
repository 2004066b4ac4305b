import CMicrohttpd
import Transports

/// Hands answers to libmicrohttpd, which sends the body from where it is.
enum HTTP1Answer {
    /// - Parameter closes: whether the connection ends with the answer.
    /// - Returns: MHD_NO if the library does not take it.
    static func queue(_ prepared: PreparedAnswer, on library: OpaquePointer, closes: Bool) -> MHD_Result {
        let bytes = prepared.response.body.bytes
        let owner = Unmanaged.passRetained(prepared)
        let created = MHD_create_response_from_buffer_with_free_callback_cls(
            bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? nothing),
            { owner in
                guard let owner else { return }
                Unmanaged<PreparedAnswer>.fromOpaque(owner).release()
            }, owner.toOpaque())
        guard let response = created else {
            owner.release()
            return .NO
        }
        defer { MHD_destroy_response(response) }
        // A field that the library refuses, because it has a line end in it, is left out.
        for (name, value) in prepared.fields { MHD_add_response_header(response, name, value) }
        if closes { MHD_add_response_header(response, "Connection", "close") }
        return MHD_queue_response(library, UInt32(clamping: prepared.response.status), response)
    }

    /// Where an empty body lies.
    nonisolated(unsafe) private static let nothing = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
}
