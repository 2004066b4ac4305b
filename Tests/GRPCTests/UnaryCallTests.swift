import ServingCore
import TestSupport
import Testing
import Threading
import Transports

@testable import GRPC

private let text = Array("hello".utf8)

@Suite struct UnaryCallTests {
    @Test(arguments: ["/test/Echo", "/test/EchoLater"])
    func theAnswerHasTheFormOfTheProtocol(_ path: String) throws {
        let server = try TestServer()
        let answer = server.client().call(path, text)
        #expect(
            answer.headers == [
                ":status": "200", "content-type": "application/grpc", "grpc-accept-encoding": "identity,deflate,gzip",
            ])
        #expect(answer.message == text)
        #expect(answer.trailers == ["grpc-status": "0"])
        #expect(server.eventually { $0.callsInProgress == 0 && $0.bufferedRequestBytes == 0 })
    }

    @Test func manyCallsAtOnceGetTheirOwnAnswers() throws {
        let server = try TestServer()
        let client = server.client()
        let calls = (0..<500).map { index in
            let stream = client.begin("/test/EchoLater")
            client.send(WireClient.framed(Array("\(index)".utf8)), on: stream)
            return (index, stream)
        }
        for (index, stream) in calls { #expect(client.answer(on: stream).message == Array("\(index)".utf8)) }
    }

    @Test func answersOfAllSizesFollowEachOtherOnOneConnection() throws {
        let server = try TestServer()
        let client = server.client()
        for round in 0..<20 {
            let messages = [0, 10, 3000, 4095, 4096, 5000, 100].enumerated().map { index, count in
                (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index &+ round) }
            }
            let calls = messages.map { message in
                let stream = client.begin(round % 2 == 0 ? "/test/Echo" : "/test/EchoLater")
                client.send(WireClient.framed(message), on: stream)
                return (message, stream)
            }
            for (message, stream) in calls { #expect(client.answer(on: stream).message == message) }
        }
    }

    @Test func objectOfACallIsUsedAgainOnceItsHandlerHasLetGoOfIt() throws {
        let server = try TestServer()
        let client = server.client()
        /// A call that has been answered, by a handler that still holds it.
        func answeredCall() throws -> GRPCCall {
            let stream = client.begin("/test/Keep")
            client.send(WireClient.framed(text), on: stream)
            let call = try #require(server.kept.next())
            call.respond(try OutgoingMessage(copying: call.message))
            #expect(client.answer(on: stream).message == text)
            return call
        }
        var held: GRPCCall? = try answeredCall()
        #expect(server.server.bufferedRequestBytes == 0)
        weak let first = held
        var other: GRPCCall? = try answeredCall()
        #expect(other !== first && held.map { Array($0.message) } == text)
        weak let second = other
        (held, other) = (nil, nil)
        #expect(first == nil)
        #expect(try answeredCall() === second)
    }

    @Test func largeMessagesGoBothWays() throws {
        let server = try TestServer()
        let message = (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 5) }
        let client = server.client()
        // A reader beside the writer: both directions are full at some time.
        let stream = client.begin("/test/Large")
        client.send(WireClient.framed(Array("20000000".utf8)), on: stream)
        #expect(client.answer(on: stream).message?.count == 20_000_000)
        let upload = client.begin("/test/Echo")
        client.send(WireClient.framed(message), on: upload)
        let isSame = client.answer(on: upload).message == message
        #expect(isSame)
        #expect(server.eventually { $0.bufferedRequestBytes == 0 })
    }

    @Test func aRequestInSingleBytesIsUnderstood() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Echo")
        for byte in WireClient.framed(text) { client.send([byte], on: stream, ends: false) }
        client.send([], on: stream)
        #expect(client.answer(on: stream).message == text)
    }

    @Test func errorsCarryTextAndTrailers() throws {
        let server = try TestServer()
        let client = server.client()
        let answer = client.call("/test/Fail", Array("zü %".utf8), [("x-sent", "value")])
        #expect(answer.headers[":status"] == "200")
        #expect(answer.status == Status(.failedPrecondition, "z%C3%BC %25"))
        #expect(answer.headers["x-seen"] == "value")
        #expect(answer.body.isEmpty)
        let long = client.call("/test/Fail", [UInt8](repeating: 97, count: 5_000))
        #expect(long.status?.message == String(repeating: "a", count: 1_024) + "...TRUNCATED")
    }

    @Test func onlyTheFirstAnswerCounts() throws {
        let server = try TestServer()
        let client = server.client()
        #expect(client.call("/test/Twice", text).message == text)
        #expect(client.call("/test/Echo", text).message == text)
    }

    @Test func severalMessagesCanBeSent() throws {
        let server = try TestServer()
        let answer = server.client().call("/test/Several", text)
        #expect(answer.body == (0..<3).flatMap { _ in WireClient.framed(text) })
        #expect(answer.status == .outOfRange("no more"))
    }

    @Test func unknownMethodsAreUnimplementedWithoutText() throws {
        let server = try TestServer()
        let answer = server.client().call("/test/Nothing", text)
        #expect(answer.headers["grpc-status"] == "12")
        #expect(answer.headers["grpc-message"] == nil)
        #expect(answer.headers[":status"] == "200")
    }

    @Test func theDeadlineEndsTheCallAndTheWork() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Keep", [("grpc-timeout", "100m")])
        client.send(WireClient.framed(text), on: stream)
        let call = try #require(server.kept.next())
        #expect(!call.deadline.isNever)
        #expect(!call.cancellation.isCancelled)
        let answer = client.answer(on: stream)
        #expect(answer.status == Status(.deadlineExceeded, "Timed out waiting for notification"))
        #expect(server.kept.waitForCancellations(1))
        #expect(call.cancellation.isCancelled)
        #expect(server.server.callsInProgress == 1)
        call.fail(.unavailable("nobody hears this"))
        #expect(server.eventually { $0.callsInProgress == 0 })
        #expect(client.call("/test/Echo", text, [("grpc-timeout", "0n")]).status?.code == .deadlineExceeded)
    }

    @Test func aResetCancelsAndALateAnswerFindsNobody() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Keep")
        client.send(WireClient.framed(text), on: stream)
        let call = try #require(server.kept.next())
        client.reset(stream)
        #expect(server.kept.waitForCancellations(1))
        // A later call may use the same objects; the late answer must not reach it.
        let next = client.begin("/test/Keep")
        client.send(WireClient.framed(Array("next".utf8)), on: next)
        let nextCall = try #require(server.kept.next())
        #expect(nextCall !== call)
        call.respond(try OutgoingMessage(copying: call.message))
        #expect(client.answer(on: next, within: 0.1).isEnded == false)
        nextCall.respond(try OutgoingMessage(copying: nextCall.message))
        #expect(client.answer(on: next).message == Array("next".utf8))
        #expect(call.message.elementsEqual(text))
    }

    @Test func aClosedConnectionCancelsItsCalls() throws {
        let server = try TestServer()
        var client: WireClient? = server.client()
        for _ in 0..<3 {
            if let stream = client?.begin("/test/Keep") { client?.send(WireClient.framed(text), on: stream) }
        }
        let calls = (0..<3).map { _ in server.kept.next() }
        client = nil
        #expect(server.kept.waitForCancellations(3))
        for call in calls { call?.fail(.internalError("late")) }
        #expect(server.eventually { $0.callsInProgress == 0 && $0.connectionCount == 0 })
    }

    @Test func cancellationAfterTheFactIsTold() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Keep")
        client.send(WireClient.framed(text), on: stream)
        let call = try #require(server.kept.next())
        client.reset(stream)
        #expect(server.kept.waitForCancellations(1))
        let told = ConditionLock(false)
        call.onCancel { told.withLockNotifyingAll { $0 = true } }
        #expect(told.withLock { $0 })
    }

    @Test func requestsAreReceivedOneByOneWhenMemoryIsTight() throws {
        var options = GRPCServer.Options()
        options.eagerRequestBytesPerConnection = 100_000
        options.http2.streamWindowBytes = 65_535
        let server = try TestServer(options)
        let client = server.client()
        let message = (0..<120_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        let framed = WireClient.framed(message)
        let first = client.begin("/test/Echo")
        let second = client.begin("/test/Echo")
        for stream in [first, second] { client.send(Array(framed[..<50_000]), on: stream, ends: false) }
        client.settle()
        let before = try #require(client.grants[first])
        // Both together are too much: from here on the second goes first.
        for stream in [first, second] { client.send(Array(framed[50_000..<90_000]), on: stream, ends: false) }
        client.settle()
        #expect(client.grants[first] == before)
        #expect(try #require(client.grants[second]) > before)
        client.send(Array(framed[90_000...]), on: second)
        let isSecondRight = client.answer(on: second).message == message
        #expect(isSecondRight)
        client.settle()
        #expect(try #require(client.grants[first]) > before)
        client.send(Array(framed[90_000...]), on: first)
        let isFirstRight = client.answer(on: first).message == message
        #expect(isFirstRight)
        #expect(server.eventually { $0.bufferedRequestBytes == 0 })
    }

    @Test func drainLetsCallsFinish() throws {
        let server = try TestServer()
        let client = server.client()
        let stream = client.begin("/test/Keep")
        client.send(WireClient.framed(text), on: stream)
        let call = try #require(server.kept.next())
        let grpc = server.server
        let isDrained = ConditionLock<Bool?>(nil)
        let drainer = Thread(name: "drain") {
            let result = grpc.drain(withinNanoseconds: 5_000_000_000)
            isDrained.withLockNotifyingAll { $0 = result }
        }
        #expect(client.answer(on: stream, within: 0.2).isEnded == false)
        #expect(client.goaway == 1)
        call.respond(try OutgoingMessage(copying: call.message))
        #expect(client.answer(on: stream).message == text)
        #expect(client.peer.isClosed())
        drainer.join()
        #expect(isDrained.withLock { $0 } == true)
    }
}
