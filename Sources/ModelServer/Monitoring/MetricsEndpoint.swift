import HTTP
import Synchronization
import Threading

/// Answers Prometheus. The text is made on a thread of its own, once for all who have asked by then, so that neither many
/// series nor many who ask hold up requests.
final class MetricsEndpoint: Sendable {
    /// The path that answers whatever the configuration says of the other one.
    static let commonPath = "/metrics"
    /// Beyond these, who asks is sent away.
    static let waitingLimit = 256

    private let path: String
    private let text: @Sendable () -> [UInt8]
    private let thread = ThreadPool(name: "metrics", threadCount: 1, niceness: 5)
    private let waiting = Mutex<[(exchange: HTTPExchange, contentType: String)]>([])

    /// TensorFlow Serving's, to the letter.
    private static let plainType = "text/plain"
    private static let exactType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameters:
    ///   - path: TensorFlow Serving's; see `MonitoringConfiguration`.
    ///   - text: makes the text; called on the thread.
    init(path: String, text: @escaping @Sendable () -> [UInt8]) {
        self.path = path
        self.text = text
    }

    func register(in router: inout HTTPRouter) {
        router.add(path: MetricsEndpoint.commonPath) { [self] exchange in
            answer(exchange, MetricsEndpoint.exactType)
        }
        router.add(path: path) { [self] exchange in
            guard exchange.request.query == nil || path == MetricsEndpoint.commonPath else {
                let text = "Unexpected path: \(exchange.request.target). Should be \(path)"
                return exchange.respond(HTTPResponse(status: 400, contentType: MetricsEndpoint.plainType, text: text))
            }
            answer(exchange, path == MetricsEndpoint.commonPath ? MetricsEndpoint.exactType : MetricsEndpoint.plainType)
        }
    }

    private func answer(_ exchange: HTTPExchange, _ contentType: String) {
        let count = waiting.withLock { waiting in
            guard waiting.count < MetricsEndpoint.waitingLimit else { return -1 }
            waiting.append((exchange: exchange, contentType: contentType))
            return waiting.count
        }
        switch count {
        case -1:
            let text = "\(MetricsEndpoint.waitingLimit) others wait for the metrics already\n"
            exchange.respond(HTTPResponse(status: 503, contentType: MetricsEndpoint.exactType, text: text))
        case 1: thread.submit { [weak self] in self?.answerAll() }
        default: break
        }
    }

    private func answerAll() {
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        let body = HTTPBody(text())
        for (exchange, contentType) in all {
            exchange.respond(HTTPResponse(contentType: contentType, body: body))
        }
    }

    /// Ends the thread; whoever asks later gets no answer.
    func stop() { thread.stop() }
}
