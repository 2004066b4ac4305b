import CPlatform
import Glibc
import ServingCore
import Synchronization
import Threading
import Transports

/// The share of a load that one loop generates: its connections, its requests, its schedule. Confined to its loop.
final class LoadClient: ClientHandler, PollHandler, @unchecked Sendable {
    /// A place for one request at a time.
    private struct Place {
        let request: ClientRequest
        let connection: Int
        var since: UInt64 = 0
    }

    private let loop: EventLoop
    private let clock: any Clock
    private var connections: [ClientConnection] = []
    private var places: [Place] = []
    private var placeOf: [ObjectIdentifier: Int] = [:]
    /// Places without a request, the one that was used last at the end.
    private var free: [Int] = []
    private var schedule: LoadSchedule
    private var record: LoadRecord
    private let timer: Int32
    private let finished: @Sendable (LoadRecord) -> Void
    private var isFinished = false

    /// What is still under way so long after the end counts as lost.
    static let patience: UInt64 = 10_000_000_000

    /// - Parameter finished: called once, on the loop.
    init(
        loop: EventLoop, schedule: LoadSchedule, record: LoadRecord, clock: any Clock = SystemClock(),
        finished: @escaping @Sendable (LoadRecord) -> Void
    ) throws(Status) {
        self.loop = loop
        self.clock = clock
        self.schedule = schedule
        self.record = record
        self.finished = finished
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC))
        guard timer >= 0 else { throw .resourceExhausted("timerfd_create: \(String(cString: strerror(errno)))") }
    }

    deinit { close(timer) }

    /// Opens connections over the sockets `descriptors`, with room for `streams` requests each, and begins.
    func start(_ descriptors: [Int32], streams: Int, headers: HeaderBlock, body: UnsafeRawBufferPointer) {
        do throws(Status) {
            try loop.add(timer, self)
            for descriptor in descriptors {
                connections.append(try ClientConnection(descriptor, loop: loop, handler: self))
            }
        } catch {
            return finish(error.message)
        }
        for _ in 0..<streams {
            for connection in connections.indices {
                let request = ClientRequest(headers: headers, body: body)
                placeOf[ObjectIdentifier(request)] = places.count
                free.append(places.count)
                places.append(Place(request: request, connection: connection))
            }
        }
        sendDue()
    }

    private func sendDue() {
        guard !isFinished else { return }
        let now = clock.nanoseconds()
        while let place = free.last, let since = schedule.takeDue(at: now) {
            free.removeLast()
            places[place].since = since
            connections[places[place].connection].send(places[place].request)
        }
        if now >= schedule.end, schedule.underWay == 0 || now >= schedule.end + LoadClient.patience {
            return finish(schedule.underWay == 0 ? nil : "\(schedule.underWay) requests were not answered in time")
        }
        let patience = now >= schedule.end ? schedule.end + LoadClient.patience : schedule.end
        wake(at: schedule.nextArrival ?? patience)
    }

    private func wake(at instant: UInt64) {
        let instant = max(instant, 1)
        var time = itimerspec()
        time.it_value = timespec(tv_sec: Int(instant / 1_000_000_000), tv_nsec: Int(instant % 1_000_000_000))
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }

    func descriptorReady(readable: Bool, writable: Bool, failed: Bool) {
        var count: UInt64 = 0
        read(timer, &count, 8)
        sendDue()
    }

    func requestEnded(_ request: ClientRequest, on connection: ClientConnection) {
        guard !isFinished, let place = placeOf[ObjectIdentifier(request)] else { return }
        schedule.requestEnded()
        free.append(place)
        record.add(since: places[place].since, end: clock.nanoseconds(), failure: LoadClient.failure(request))
        sendDue()
    }

    func connectionLost(_ connection: ClientConnection, _ reason: String) { finish(reason) }

    private func finish(_ lost: String?) {
        guard !isFinished else { return }
        isFinished = true
        loop.remove(timer)
        for connection in connections { connection.close() }
        record.lost = lost
        record.unsent = schedule.overdue(at: clock.nanoseconds())
        finished(record)
    }

    /// What is wrong with an answer; nil if nothing is.
    static func failure(_ request: ClientRequest) -> String? {
        if let status = request.grpcStatus {
            guard status != 0 else { return nil }
            let name = Int32(exactly: status).flatMap(StatusCode.init(rawValue:))?.name ?? "code \(status)"
            return "\(name): \(unescaped(request.grpcMessage))"
        }
        if let status = request.httpStatus, status != 200 { return "HTTP status \(status)" }
        return "no grpc-status; HTTP/2 error \(request.errorCode)"
    }

    /// A `grpc-message` as people read it.
    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
