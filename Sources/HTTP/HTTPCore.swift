import ServingCore
import Synchronization
import Threading
import Transports

/// What all connections of a server share: the way of a complete request to its handler and of the answer back.
final class HTTPCore: Sendable {
    let options: HTTPServer.Options
    let bodyBudget: MemoryBudget
    let work: WorkGauge
    private let router: HTTPRouter
    private let answerBudget: MemoryBudget
    private let draining = Atomic<Bool>(false)

    /// What is compressed on the thread that answers, and inflated, which may give a thousand times as much, on that of the
    /// connection.
    private static let quicklyCompressedBytes = 16 << 10
    private static let quicklyInflatedBytes = 1 << 10

    init(router: HTTPRouter, options: HTTPServer.Options) {
        self.router = router
        self.options = options
        bodyBudget = MemoryBudget(limit: options.maxBufferedBodyBytes)
        answerBudget = MemoryBudget(limit: options.maxBufferedAnswerBytes)
        work = WorkGauge(limit: options.maxConcurrentRequests)
    }

    /// The longest body that is taken: none that could never find room.
    var maxBodyBytes: Int { max(0, min(options.maxBodyBytes, options.maxBufferedBodyBytes - HTTPRequest.padding)) }

    var now: Instant { Instant(nanoseconds: SystemClock().nanoseconds()) }

    /// From now on every answer closes its connection.
    func beginDraining() { draining.store(true, ordering: .relaxed) }

    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// When a request that came at `arrival` is answered too late.
    func deadline(from arrival: Instant) -> Deadline {
        options.timeoutNanoseconds.map { Deadline(arrival.advanced(byNanoseconds: $0)) } ?? .never
    }

    /// Hands a complete request to its handler.
    /// - Parameter send: sends the answer; called once, on any thread.
    func serve(_ received: ReceivedRequest, send: @escaping @Sendable (PreparedAnswer) -> Void) {
        guard work.begin() else { return refuse(.tooManyRequests(work.limit), send) }
        guard received.isCompressed, received.body.byteCount > 0 else { return dispatch(received, received.body, send) }
        let inflate = { @Sendable [self] in
            switch received.body.inflated(limit: options.maxInflatedBytes) {
            case .success(let body): dispatch(received, body, send)
            case .failure(let refusal):
                work.end()
                refuse(refusal, send)
            }
        }
        if received.body.byteCount <= HTTPCore.quicklyInflatedBytes { inflate() } else { options.offload(inflate) }
    }

    private func dispatch(
        _ received: ReceivedRequest, _ body: RequestBody, _ send: @escaping @Sendable (PreparedAnswer) -> Void
    ) {
        let request = HTTPRequest(
            method: received.method, target: received.target, headers: received.headers, body: body.close(), owner: body
        )
        let exchange = HTTPExchange(
            request, arrival: received.arrival, deadline: received.deadline, cancellation: received.cancellation
        ) { [self] response in
            work.end()
            answer(received, response, send)
        }
        router.serve(exchange)
    }

    private func answer(
        _ received: ReceivedRequest, _ response: HTTPResponse, _ send: @escaping @Sendable (PreparedAnswer) -> Void
    ) {
        let coding = AnswerCoding(options.compressesAnswers ? received.headers : nil, response)
        guard coding.isCompressed else { return send(prepare(response)) }
        let compress = { @Sendable [self] in send(prepare(coding.compressed(response, received.cancellation))) }
        if response.body.bytes.count <= HTTPCore.quicklyCompressedBytes {
            compress()
        } else {
            options.offload(compress)
        }
    }

    private func refuse(_ refusal: HTTPRefusal, _ send: (PreparedAnswer) -> Void) {
        send(PreparedAnswer(refusal.response, nil))
    }

    /// The answer, if there is room for it.
    private func prepare(_ response: HTTPResponse) -> PreparedAnswer {
        let byteCount = response.body.bytes.count
        guard answerBudget.take(byteCount) else {
            return PreparedAnswer(HTTPRefusal.noRoomForAnswer(byteCount, limit: answerBudget.limit).response, nil)
        }
        return PreparedAnswer(response, answerBudget)
    }
}
