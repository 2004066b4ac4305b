import CMicrohttpd
import Glibc
import ServingCore
import Threading
import Transports

/// One request of an HTTP/1.1 connection, from its first line until libmicrohttpd has done with it.
final class HTTP1Request: @unchecked Sendable {  // all but `answer` is used on the connection's thread only
    let connection: HTTP1Connection
    let cancellation = CancellationFlag()
    private let core: HTTPCore
    private let target: String
    private let arrival: Instant
    private var stage = Stage.header
    private var method = ""
    private var headers = HTTPHeaders()
    private var body: RequestBody?
    private let answer = ConditionLock(Answer())

    private enum Stage {
        case header
        case body
        /// The handler has it.
        case handled
        /// The answer is with the library.
        case answered
    }

    private struct Answer {
        var prepared: PreparedAnswer?
        /// The library's connection while it sleeps until there is an answer.
        var sleeping: OpaquePointer?
        /// Nobody takes an answer any more.
        var isOver = false
    }

    init(_ connection: HTTP1Connection, core: HTTPCore, target: String) {
        self.connection = connection
        self.core = core
        self.target = target
        arrival = core.now
    }

    /// What the library calls: once when the header is there, once for each piece of the body, once at its end, and once
    /// more when the connection is woken up for the answer.
    /// - Parameters:
    ///   - count: of the bytes at `data`; set to those that are not taken.
    /// - Returns: MHD_NO closes the connection.
    func proceed(
        _ library: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
        data: UnsafePointer<CChar>?, count: UnsafeMutablePointer<Int>?
    ) -> MHD_Result {
        switch stage {
        case .header: return receiveHeader(library, method, version)
        case .body:
            guard let count, count.pointee > 0 else { return endBody(library) }
            let bytes = UnsafeRawBufferPointer(start: data, count: count.pointee)
            count.pointee = 0
            return receive(bytes)
        case .handled: return sendAnswer(library)
        case .answered: return .YES
        }
    }

    // MARK: The request

    private func receiveHeader(
        _ library: OpaquePointer, _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?
    ) -> MHD_Result {
        self.method = method.map { String(cString: $0) } ?? ""
        let list = HTTP1HeaderList(library, method: method, version: version)
        headers = list.headers
        guard list.isOrderly else { return refuse(.badRequest("The header of the request has improper line ends")) }
        let framing = RequestFraming.judge(
            method: self.method, target: path, fields: headers, version: list.version,
            maxBodyBytes: core.maxBodyBytes)
        switch framing {
        case .failure(let refusal): return refuse(refusal)
        case .success(let framing):
            body = RequestBody(
                announced: framing.announcedBytes, limit: core.maxBodyBytes, budget: core.bodyBudget)
            stage = .body
            let now = core.now
            return connection.update { $0.bodyBegins(at: now) } ? .YES : .NO
        }
    }

    private var path: String { RequestFraming.path(of: target) }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        guard connection.update({ $0.received(bytes.count) }) else { return .NO }
        if let refusal = body?.append(bytes) { return refuse(refusal) }
        return .YES
    }

    private func refuse(_ refusal: HTTPRefusal) -> MHD_Result {
        stage = .answered
        connection.refuse(refusal, withBody: method != "HEAD")
        return .NO
    }

    private func endBody(_ library: OpaquePointer) -> MHD_Result {
        guard let body = body.take() else { return .NO }
        stage = .handled
        let deadline = core.deadline(from: arrival)
        guard connection.handlingBegins(self, deadline: deadline) else { return .NO }
        let received = ReceivedRequest(
            method: method, target: path, headers: headers, body: body, arrival: arrival, deadline: deadline,
            cancellation: cancellation)
        core.serve(received) { [self] in deliver($0) }
        let isAnswered = answer.withLock { answer in
            guard answer.prepared == nil else { return true }
            // Under the lock, so that nobody wakes the connection before it sleeps.
            MHD_suspend_connection(library)
            answer.sleeping = library
            return false
        }
        return isAnswered ? sendAnswer(library) : .YES
    }

    // MARK: The answer

    /// From any thread; the first answer counts.
    private func deliver(_ prepared: PreparedAnswer) {
        let sleeping = answer.withLock { answer -> OpaquePointer? in
            guard answer.prepared == nil, !answer.isOver else { return nil }
            answer.prepared = prepared
            return answer.sleeping.take()
        }
        if let sleeping { MHD_resume_connection(sleeping) }
    }

    /// The time for the answer is over.
    func expire() {
        deliver(PreparedAnswer(HTTPRefusal.timedOut.response, nil))
        cancellation.cancel()
    }

    /// The server ends without waiting for the handler.
    func abandon() {
        deliver(PreparedAnswer(HTTPRefusal.shutDown.response, nil))
        cancellation.cancel()
    }

    private func sendAnswer(_ library: OpaquePointer) -> MHD_Result {
        guard let prepared = answer.withLock({ $0.prepared }) else { return .NO }
        stage = .answered
        let byteCount = prepared.response.body.bytes.count
        let now = core.now
        guard connection.update({ $0.answerBegins(byteCount, at: now) }) else { return .NO }
        return HTTP1Answer.queue(prepared, on: library, closes: prepared.closes || core.isDraining)
    }

    /// The library has done with the request.
    func end() {
        answer.withLock { answer in
            answer.isOver = true
            answer.prepared = nil
        }
        if stage != .answered { cancellation.cancel() }
        connection.requestEnds()
    }
}
