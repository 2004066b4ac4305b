import ServingCore
import TestSupport
import Testing
import Threading

@testable import GRPC

private let text = Array("hello".utf8)

@Suite struct StreamingCallTests {
    @Test func messagesAreAnsweredAsTheyCome() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Chat")
        for round in 0..<3 {
            client.send(WireClient.framed(text + [UInt8(round)]), on: stream, ends: false)
            client.settle()
        }
        client.send([], on: stream)
        let answer = client.answer(on: stream)
        #expect(answer.body == (0..<3).flatMap { WireClient.framed(text + [UInt8($0)]) })
        #expect(answer.status == .outOfRange("3 messages"))
        #expect(server.eventually { $0.bufferedRequestBytes == 0 && $0.callsInProgress == 0 })
    }

    @Test func messagesMaySplitAnywhere() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Chat")
        let input = WireClient.framed(text) + WireClient.framed([]) + WireClient.framed(text)
        for byte in input { client.send([byte], on: stream, ends: false) }
        client.send([], on: stream)
        let answer = client.answer(on: stream)
        #expect(answer.body == input)
        #expect(answer.status == .outOfRange("3 messages"))
    }

    @Test func aCallWithoutMessagesEnds() throws {
        let server = try TestServer()
        let client = server.client()
        #expect(client.answer(on: client.begin("/test/Chat", ends: true)).status == .outOfRange("0 messages"))
    }

    @Test func compressedMessagesAreUnpacked() throws {
        let server = try TestServer()
        let client = server.client()
        let message = [UInt8](repeating: 7, count: 900)
        let stream = client.begin("/test/Chat", [("grpc-encoding", "gzip")])
        let packed = WireClient.framed(try compressed(message, .gzip), flag: 1)
        client.send(packed + packed, on: stream)
        #expect(client.answer(on: stream).body == WireClient.framed(message) + WireClient.framed(message))
    }

    @Test func whatBreaksTheProtocolOrTheLimitFails() throws {
        let server = try TestServer()
        let client = server.client()
        let cut = client.begin("/test/Chat")
        client.send(Array(WireClient.framed(text).dropLast()), on: cut)
        #expect(client.answer(on: cut).status == .internalError("the request ended within a message"))
        let large = client.begin("/test/Chat")
        client.send(WireClient.framed([UInt8](repeating: 0, count: 1001)), on: large, ends: false)
        let limit = Status.resourceExhausted("Received message larger than max (1001 vs. 1000)")
        #expect(client.answer(on: large).status == limit)
        let flagged = client.begin("/test/Chat")
        client.send(WireClient.framed(text, flag: 9), on: flagged, ends: false)
        #expect(client.answer(on: flagged).status?.code == .internalError)
        #expect(client.call("/test/Echo", text).message == text)
    }

    @Test func aCallerThatDoesNotReadIsHeldBackAndLosesNothing() throws {
        let server = try TestServer()
        let client = server.client(window: 0)
        let stream = client.begin("/test/Chat")
        let message = WireClient.framed([UInt8](repeating: 5, count: 1000))
        let count = 2_000
        client.send((0..<count).flatMap { _ in message }, on: stream)
        client.settle()
        // The rest waits, well below what the answers would take.
        #expect(server.server.bufferedRequestBytes > 1_000_000)
        client.peer.send(4, [0, 4, 0x3f, 0xff, 0xff, 0xff])
        let answer = client.answer(on: stream)
        #expect(answer.body.count == count * message.count)
        #expect(answer.status == .outOfRange("\(count) messages"))
        #expect(server.eventually { $0.bufferedRequestBytes == 0 })
    }

    @Test func aCallerThatGoesAwayWhileHeldBackLeavesNothingBehind() throws {
        let server = try TestServer()
        let client = server.client(window: 0)
        let stream = client.begin("/test/Chat")
        let message = WireClient.framed([UInt8](repeating: 5, count: 1000))
        client.send((0..<1_000).flatMap { _ in message }, on: stream, ends: false)
        client.settle()
        client.reset(stream)
        #expect(server.eventually { $0.bufferedRequestBytes == 0 })
    }

    @Test func standingCallsAreNoWorkAndEndWhenTheServerDrains() throws {
        let server = try TestServer()
        let client = server.client()
        let standing = client.begin("/test/Stand")
        client.send(WireClient.framed(text), on: standing)
        let call = try #require(server.kept.next())
        let chat = client.begin("/test/Chat")
        client.send(WireClient.framed(text), on: chat, ends: false)
        client.settle()
        #expect(server.server.callsInProgress == 0)
        let drained = ConditionLock<Bool?>(nil)
        let drainer = Thread(name: "drain") { [server = server.server] in
            let result = server.drain(withinNanoseconds: 5_000_000_000)
            drained.withLockNotifyingAll { $0 = result }
        }
        let ending = Status(.unavailable, "the server is shutting down")
        #expect(client.answer(on: standing).status == ending)
        #expect(client.answer(on: chat).status == ending)
        #expect(server.kept.waitForCancellations(1))
        withExtendedLifetime(call) {}
        client.settle()
        #expect(drained.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 } == true)
        drainer.join()
    }
}
