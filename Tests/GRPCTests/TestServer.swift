import ServingCore
import Synchronization
import Threading
import Transports

@testable import GRPC

/// A server on a free port with a few methods, for the length of a test.
final class TestServer {
    /// Calls that a handler keeps without answering.
    final class Kept: Sendable {
        let calls = ConditionLock<[GRPCCall]>([])
        let cancellations = ConditionLock(0)

        func next() -> GRPCCall? {
            let deadline = SystemClock().nanoseconds() + 60_000_000_000
            return calls.wait(untilNanoseconds: deadline) { $0.isEmpty ? nil : $0.removeFirst() }
        }

        func waitForCancellations(_ count: Int) -> Bool {
            let deadline = SystemClock().nanoseconds() + 60_000_000_000
            return cancellations.wait(untilNanoseconds: deadline) { $0 >= count ? true : nil } ?? false
        }
    }

    let server: GRPCServer
    let port: UInt16
    let kept = Kept()
    private let group: EventLoopGroup
    private let pool = ThreadPool(name: "answer", threadCount: 2)

    init(_ options: GRPCServer.Options = GRPCServer.Options()) throws {
        var router = MethodRouter()
        let kept = kept
        let pool = pool
        router.register("/test/Echo") { TestServer.echo($0) }
        router.register("/test/EchoLater") { call in pool.submit { TestServer.echo(call) } }
        router.register("/test/Keep") { call in
            call.onCancel { kept.cancellations.withLockNotifyingAll { $0 += 1 } }
            kept.calls.withLockNotifyingAll { $0.append(call) }
        }
        router.register(standing: "/test/Stand") { call in
            call.onCancel { kept.cancellations.withLockNotifyingAll { $0 += 1 } }
            kept.calls.withLockNotifyingAll { $0.append(call) }
        }
        router.register(streaming: "/test/Chat", maxMessageBytes: 1000) { Chat($0) }
        router.register("/test/Fail") { call in
            call.fail(
                .failedPrecondition(String(decoding: call.message, as: UTF8.self)),
                trailers: [("x-seen", call.metadata("x-sent") ?? "nothing")])
        }
        router.register("/test/Twice") { call in
            TestServer.echo(call)
            TestServer.echo(call)
            call.fail(.internalError("too late"))
        }
        router.register("/test/Several") { call in
            for _ in 0..<3 {
                if let message = try? OutgoingMessage(copying: call.message) { call.sendMessage(message) }
            }
            call.finish(.outOfRange("no more"))
        }
        router.register("/test/Trailers") { call in
            if let message = try? OutgoingMessage(copying: call.message) {
                call.respond(message, trailers: [("x-one", "1"), ("x-two", "b c")])
            }
        }
        router.register("/test/Large") { call in
            let count = Int(String(decoding: call.message, as: UTF8.self)) ?? 0
            do throws(Status) {
                call.respond(
                    try OutgoingMessage(byteCount: count) { $0.initializeMemory(as: UInt8.self, repeating: 7) })
            } catch {
                call.fail(error)
            }
        }
        group = try EventLoopGroup(count: 2)
        server = try GRPCServer(router: router, group: group, options: options)
        port = try server.listen(on: .port(0))!
    }

    /// Sends each message back, and in the end says how many there were.
    private final class Chat: RequestReceiver {
        private let call: GRPCCall
        private var count = 0

        init(_ call: GRPCCall) { self.call = call }

        func received(_ message: UnsafeRawBufferPointer) {
            count += 1
            if let answer = try? OutgoingMessage(copying: message) { call.sendMessage(answer) }
        }

        func receivedEnd() { call.finish(.outOfRange("\(count) messages")) }
    }

    private static func echo(_ call: GRPCCall) {
        do throws(Status) {
            call.respond(try call.makeMessage(byteCount: call.message.count) { $0.copyMemory(from: call.message) })
        } catch {
            call.fail(error)
        }
    }

    func client(window: UInt32 = 1 << 30) -> WireClient { WireClient(self, window: window) }

    /// Waits until `condition` holds; for counters that follow a little later.
    func eventually(_ condition: (GRPCServer) -> Bool) -> Bool {
        let clock = SystemClock()
        let deadline = clock.nanoseconds() + 60_000_000_000
        while clock.nanoseconds() < deadline {
            if condition(server) { return true }
            let pause = ConditionLock(())
            pause.wait(untilNanoseconds: clock.nanoseconds() + 5_000_000) { _ in nil as Void? }
        }
        return condition(server)
    }

    deinit {
        server.drain(withinNanoseconds: 0)
        group.stop()
        pool.stop()
    }
}
