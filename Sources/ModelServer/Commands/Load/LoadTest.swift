import ServingCore
import Threading
import Transports

/// Sends requests to a running server and watches the answers.
struct LoadTest {
    private let arguments: LoadArguments
    private let clock: any Clock

    init(_ arguments: LoadArguments, clock: any Clock = SystemClock()) {
        self.arguments = arguments
        self.clock = clock
    }

    /// Throws what is wrong with the server, the model or an input; requests that fail later are counted.
    func run() throws(Status) -> LoadReport {
        var loops: [EventLoop] = []
        for index in 0..<arguments.threads { loops.append(try EventLoop(name: "load-\(index)", servesClients: false)) }
        defer { for loop in loops { loop.stop() } }
        for loop in loops { loop.start() }
        let model = RemoteModel(arguments, loop: loops[0])
        let message = try model.predictRequest()
        let body = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 8)
        body.copyBytes(from: message)
        // After the loops have stopped nobody sends any more.
        defer {
            for loop in loops { loop.stop() }
            body.deallocate()
        }
        let record = try run(on: loops, headers: model.headers(of: "Predict"), body: UnsafeRawBufferPointer(body))
        return LoadReport(arguments: arguments, requestBytes: message.count, record: record)
    }

    private func run(
        on loops: [EventLoop], headers: HeaderBlock, body: UnsafeRawBufferPointer
    ) throws(Status) -> LoadRecord {
        let sockets = try self.sockets()
        let begin = clock.nanoseconds() + arguments.warmUp
        let end = begin + arguments.duration
        let outcome = ConditionLock<[LoadRecord]>([])
        for (index, loop) in loops.enumerated() {
            let own = sockets.enumerated().filter { $0.offset % loops.count == index }.map(\.element)
            let share = LoadTest.share(arguments.concurrency, index, of: loops.count)
            let client = try LoadClient(
                loop: loop,
                schedule: LoadSchedule(
                    mode(of: loops.count), limit: share, begin: begin - arguments.warmUp, end: end,
                    seed: UInt64(index) + 1),
                record: LoadRecord(begin: begin, end: end, intervals: LoadTest.intervals(arguments.duration)),
                clock: clock
            ) { record in outcome.withLockNotifyingAll { $0.append(record) } }
            let streams = (share + own.count - 1) / own.count
            let carrier = Carrier(body: body)
            loop.post { _ in client.start(own, streams: streams, headers: headers, body: carrier.body) }
        }
        var line = ProgressLine()
        defer { line.clear() }
        let (start, duration) = (clock.nanoseconds(), Readable.duration(end - clock.nanoseconds()))
        var all: [LoadRecord] = []
        while all.isEmpty {
            line.show("sending, \((clock.nanoseconds() &- start) / 1_000_000_000) s of \(duration)")
            let soon = SystemClock().nanoseconds() &+ 250_000_000
            all = outcome.wait(untilNanoseconds: soon) { $0.count == loops.count ? $0 : nil } ?? []
        }
        var record = all.removeFirst()
        for other in all { record.add(other) }
        return record
    }

    /// Memory that stays until all loops have stopped.
    private struct Carrier: @unchecked Sendable {
        let body: UnsafeRawBufferPointer
    }

    private func sockets() throws(Status) -> [Int32] {
        var sockets: [Int32] = []
        for _ in 0..<arguments.connections {
            sockets.append(try ClientSocket.connect(host: arguments.host, port: arguments.port))
        }
        return sockets
    }

    private func mode(of loops: Int) -> LoadSchedule.Mode {
        guard case .open(let perSecond, let isRandom) = arguments.mode else { return .closed }
        return .open(perSecond: perSecond / Double(loops), isRandom: isRandom)
    }

    private static func share(_ total: Int, _ index: Int, of count: Int) -> Int {
        total / count + (index < total % count ? 1 : 0)
    }

    /// Points of the curves over time: one for each quarter of a second, 10 to 120.
    private static func intervals(_ duration: UInt64) -> Int { min(max(Int(duration / 250_000_000), 10), 120) }
}
