/// One request of a client and what came back. Can be sent again when it has ended.
///
/// Confined to the loop of the connection that it is sent on.
package final class ClientRequest {
    /// Where it goes and what it is.
    package let headers: HeaderBlock
    /// Its memory must stay until the request has ended.
    package let body: UnsafeRawBufferPointer
    /// Whether the bytes of the answer are kept, or only counted.
    package let keepsAnswer: Bool
    /// Bytes of `body` that are on their way.
    var sentBytes = 0
    package internal(set) var answer: [UInt8] = []
    package internal(set) var answerBytes = 0
    /// `:status`, nil as long as nothing came.
    package internal(set) var httpStatus: Int?
    /// `grpc-status`, nil if none came.
    package internal(set) var grpcStatus: Int?
    /// `grpc-message`, percent-encoded as it came.
    package internal(set) var grpcMessage = ""
    /// HTTP/2's, 0 if the stream ended well.
    package internal(set) var errorCode: UInt32 = 0

    package init(headers: HeaderBlock, body: UnsafeRawBufferPointer, keepsAnswer: Bool = false) {
        self.headers = headers
        self.body = body
        self.keepsAnswer = keepsAnswer
    }

    func reset() {
        sentBytes = 0
        answer.removeAll(keepingCapacity: true)
        answerBytes = 0
        httpStatus = nil
        grpcStatus = nil
        grpcMessage = ""
        errorCode = 0
    }

    func received(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if name.elementsEqual(":status".utf8) {
            httpStatus = ClientRequest.number(value)
        } else if name.elementsEqual("grpc-status".utf8) {
            grpcStatus = ClientRequest.number(value)
        } else if name.elementsEqual("grpc-message".utf8) {
            grpcMessage = String(decoding: value, as: UTF8.self)
        }
    }

    private static func number(_ text: UnsafeRawBufferPointer) -> Int? { Int(String(decoding: text, as: UTF8.self)) }
}

/// Who wants to know what became of requests; called on the connection's loop.
package protocol ClientHandler: AnyObject {
    func requestEnded(_ request: ClientRequest, on connection: ClientConnection)
    /// Nothing can be sent any more, and requests that are under way do not end; called once.
    func connectionLost(_ connection: ClientConnection, _ reason: String)
}
