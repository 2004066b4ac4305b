import CNghttp2
import ServingCore
import Synchronization
import TestSupport
import Testing
import Threading

@testable import Transports

/// Answers every request with its own body, or not at all if the path is `/hold`.
private final class EchoHandler: HTTP2StreamHandler {
    private let stream: HTTP2Stream
    private let counts: Counts
    private let body = ByteBuffer()
    private var isHeld = false
    private var isLarge = false

    init(_ stream: HTTP2Stream, _ counts: Counts) {
        self.stream = stream
        self.counts = counts
    }

    func receivedHeader(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        counts.state.withLock { $0.headerBytes += name.count + value.count }
        if name.elementsEqual(":path".utf8) {
            isHeld = value.elementsEqual("/hold".utf8)
            isLarge = value.elementsEqual("/large".utf8)
        }
    }

    func receivedHeadersEnd(isComplete: Bool) {
        if !isComplete { counts.state.withLock { $0.incomplete += 1 } }
    }

    func receivedData(_ bytes: UnsafeRawBufferPointer) -> Bool { body.append(bytes) }

    func receivedEnd() {
        counts.state.withLock { $0.requests += 1 }
        guard !isHeld else { return }
        if isLarge { _ = body.append(upTo: 64 << 20) { $0.count } }
        let headers = HeaderBlock([HeaderField(":status", "200")])
        stream.send(headers: headers, body: body, trailers: HeaderBlock([HeaderField("end", "1")]))
    }

    func streamClosed(isComplete: Bool) {
        counts.state.withLockNotifyingAll { state in
            if isComplete { state.complete += 1 } else { state.aborted += 1 }
        }
    }
}

private final class Counts: Sendable {
    struct State {
        var requests = 0
        var complete = 0
        var aborted = 0
        var incomplete = 0
        var headerBytes = 0
    }

    let state = ConditionLock(State())

    func wait(_ condition: (State) -> Bool) -> Bool {
        let deadline = SystemClock().nanoseconds() + 60_000_000_000
        return state.wait(untilNanoseconds: deadline) { condition($0) ? true : nil } ?? false
    }
}

private final class EchoConnection: HTTP2ConnectionHandler {
    private let counts: Counts

    init(_ counts: Counts) { self.counts = counts }

    func makeHandler(for stream: HTTP2Stream) -> any HTTP2StreamHandler { EchoHandler(stream, counts) }

    func connectionClosed() {}
}

/// A server on a free port for the length of a test.
private final class EchoServer {
    let group: EventLoopGroup
    let server: HTTP2Server
    let counts = Counts()
    let port: UInt16

    init(_ limits: HTTP2Limits = HTTP2Limits(), maxConnections: Int = 100) throws {
        group = try EventLoopGroup(count: 2)
        let counts = counts
        server = try HTTP2Server(group: group, limits: limits, maxConnections: maxConnections) { _ in
            EchoConnection(counts)
        }
        port = try server.listen(on: .port(0))!
    }

    func peer(greets: Bool = true) -> FramePeer { FramePeer(port: port, of: self, greets: greets) }

    deinit {
        server.drain(untilNanoseconds: 0)
        group.stop()
    }
}

private func goaway(_ peer: FramePeer) -> UInt32? { peer.next(Frame.goaway)?.word(at: 4) }

private let calm = NGHTTP2_ENHANCE_YOUR_CALM.rawValue

@Suite struct HTTP2ServerTests {
    private let end: UInt8 = 1
    private let endHeaders: UInt8 = 4

    @Test func settingsAnnounceTheLimits() throws {
        let echo = try EchoServer()
        let settings = try #require(echo.peer().next(Frame.settings))
        var values: [Int: UInt32] = [:]
        for offset in stride(from: 0, to: settings.payload.count, by: 6) {
            values[Int(settings.payload[offset]) << 8 | Int(settings.payload[offset + 1])] = settings.word(
                at: offset + 2)
        }
        #expect(values == [3: 1024, 4: 4 << 20, 5: 256 << 10, 6: 16 << 10, 9: 1])
    }

    @Test func aRequestInSingleBytesIsAnswered() throws {
        let echo = try EchoServer()
        let peer = echo.peer(greets: false)
        var input = FramePeer.preface + Frame(type: Frame.settings, flags: 0, stream: 0, payload: []).bytes
        let block = FramePeer.request("/echo", [("x-long", String(repeating: "v", count: 300))])
        input += Frame(type: Frame.headers, flags: endHeaders, stream: 1, payload: block).bytes
        input += Frame(type: Frame.data, flags: end, stream: 1, payload: Array("hello".utf8)).bytes
        for byte in input { peer.send([byte]) }
        #expect(peer.next(Frame.headers)?.stream == 1)
        #expect(peer.next(Frame.data)?.payload == Array("hello".utf8))
        #expect(peer.next(Frame.headers)?.endsStream == true)
        #expect(echo.counts.wait { $0.complete == 1 })
    }

    @Test func aHeaderBlockInManyContinuationsByteByByteIsServed() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        let block = FramePeer.request("/echo")
        let half = block.count / 2
        var input = Frame(type: Frame.headers, flags: end, stream: 1, payload: Array(block[..<half])).bytes
        input += Frame(type: Frame.continuation, flags: 0, stream: 1, payload: Array(block[half..<half + 4])).bytes
        input +=
            Frame(type: Frame.continuation, flags: endHeaders, stream: 1, payload: Array(block[(half + 4)...])).bytes
        for byte in input { peer.send([byte]) }
        #expect(peer.next(Frame.headers)?.stream == 1)
    }

    @Test func pingsAreAnswered() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        peer.send(Frame.ping, Array("12345678".utf8))
        let answer = try #require(peer.next(Frame.ping))
        #expect(answer.flags == 1)
        #expect(answer.payload == Array("12345678".utf8))
    }

    @Test func whatIsNotHTTP2IsToldSoAndClosed() throws {
        let echo = try EchoServer()
        let peer = echo.peer(greets: false)
        peer.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        var answer: [UInt8] = []
        while case let more = peer.receive(within: 5), !more.isEmpty { answer += more }
        // The server's SETTINGS may be on the way before it knows who calls.
        #expect(String(decoding: answer, as: UTF8.self).contains("HTTP/1.1 400 Bad Request"))
        let binary = echo.peer(greets: false)
        binary.send([0x16, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(binary.isClosed())
    }

    @Test func aSilentPeerIsClosedAfterTheHandshakeTime() throws {
        var limits = HTTP2Limits()
        limits.handshakeNanoseconds = 100_000_000
        let echo = try EchoServer(limits)
        #expect(echo.peer(greets: false).isClosed())
        let polite = echo.peer()
        #expect(!polite.isClosed(within: 0.4))
    }

    @Test func aPeerThatIsGoneIsFoundByAPing() throws {
        var limits = HTTP2Limits()
        limits.handshakeNanoseconds = 50_000_000
        limits.keepaliveNanoseconds = 100_000_000
        limits.keepaliveTimeoutNanoseconds = 200_000_000
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        #expect(peer.next(Frame.ping)?.flags == 0)
        #expect(peer.isClosed())
    }

    @Test func headersAboveTheLimitAreLeftOutAndBombsReset() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        let large = FramePeer.request("/echo", [("a", String(repeating: "v", count: 15_000)), ("b", "x"), ("c", "y")])
        peer.send(Frame.headers, flags: end, stream: 1, Array(large[..<12_000]))
        let tooMuch = FramePeer.literals((0..<3).map { ("d\($0)", String(repeating: "w", count: 3_000)) })
        peer.send(Frame.continuation, flags: endHeaders, stream: 1, Array(large[12_000...]) + tooMuch)
        #expect(echo.counts.wait { $0.incomplete == 1 })
        #expect(echo.counts.state.withLock { $0.headerBytes } <= 16 << 10)
        // One entry of 4 KB in the table, then thousands of references to it.
        let name = FramePeer.literals([("n", String(repeating: "z", count: 4_000))])
        let bomb = FramePeer.request("/echo") + [0x40] + name[1...] + [UInt8](repeating: 0xbe, count: 8_000)
        peer.send(Frame.headers, flags: end | endHeaders, stream: 3, bomb)
        #expect(peer.next(Frame.reset)?.stream == 3)
        peer.send(Frame.headers, flags: end | endHeaders, stream: 5, FramePeer.request("/echo"))
        #expect(echo.counts.wait { $0.requests == 2 })
    }

    @Test func endlessContinuationsEndTheConnection() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        peer.send(Frame.headers, flags: 0, stream: 1, FramePeer.request("/echo"))
        for _ in 0..<2_000 {
            guard peer.send(Frame.continuation, flags: 0, stream: 1, FramePeer.literals([("a", "b")])) else { break }
        }
        #expect(peer.isClosed())
    }

    @Test(arguments: [
        (Frame.ping, [UInt8](repeating: 0, count: 8)), (Frame.settings, []), (Frame.windowUpdate, [0, 0, 0, 1]),
    ])
    func floodsOfControlFramesEndTheConnection(_ type: UInt8, _ payload: [UInt8]) throws {
        var limits = HTTP2Limits()
        limits.controlFrameBurst = 1_000
        limits.controlFramesPerSecond = 100
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        let batch = (0..<100).flatMap { _ in Frame(type: type, flags: 0, stream: 0, payload: payload).bytes }
        for _ in 0..<50 {
            guard peer.send(batch) else { break }
        }
        #expect(peer.isClosed())
    }

    @Test func emptyDataFramesAreCounted() throws {
        var limits = HTTP2Limits()
        limits.controlFrameBurst = 1_000
        limits.controlFramesPerSecond = 100
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        peer.send(Frame.headers, flags: endHeaders, stream: 1, FramePeer.request("/echo"))
        let batch = (0..<100).flatMap { _ in Frame(type: Frame.data, flags: 0, stream: 1, payload: []).bytes }
        for _ in 0..<50 {
            guard peer.send(batch) else { break }
        }
        #expect(goaway(peer) == calm)
        #expect(peer.isClosed())
    }

    @Test func rapidResetEndsTheConnectionAndHonestCancelsDoNot() throws {
        var limits = HTTP2Limits()
        limits.resetBurst = 500
        limits.resetsPerSecond = 1
        let echo = try EchoServer(limits)
        let honest = echo.peer()
        let hostile = echo.peer()
        func cancelled(_ stream: UInt32) -> [UInt8] {
            let block = FramePeer.request("/hold")
            return Frame(type: Frame.headers, flags: end | endHeaders, stream: stream, payload: block).bytes
                + Frame(type: Frame.reset, flags: 0, stream: stream, payload: [0, 0, 0, 8]).bytes
        }
        for index in 0..<400 { honest.send(cancelled(UInt32(2 * index + 1))) }
        honest.send(Frame.headers, flags: end | endHeaders, stream: 801, FramePeer.request("/echo"))
        #expect(honest.next(Frame.headers)?.stream == 801)
        for index in 0..<2_000 {
            guard hostile.send(cancelled(UInt32(2 * index + 1))) else { break }
        }
        #expect(hostile.isClosed())
        honest.send(Frame.ping, Array("12345678".utf8))
        #expect(honest.next(Frame.ping) != nil)
    }

    @Test func resetsThatThePeerProvokesEndTheConnection() throws {
        var limits = HTTP2Limits()
        limits.glitchBurst = 100
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        for index in 0..<1_000 {
            let stream = UInt32(2 * index + 1)
            let request = Frame(
                type: Frame.headers, flags: end | endHeaders, stream: stream, payload: FramePeer.request("/hold"))
            let overflow = Frame(
                type: Frame.windowUpdate, flags: 0, stream: stream, payload: [0x7f, 0xff, 0xff, 0xff])
            guard peer.send(request.bytes + overflow.bytes) else { break }
        }
        #expect(goaway(peer) == calm)
        #expect(peer.isClosed())
        #expect(echo.counts.state.withLock { $0.requests } < 1_000)
    }

    @Test func aPeerThatReadsNothingHoldsLittleAndIsGivenUp() throws {
        var limits = HTTP2Limits()
        limits.stallNanoseconds = 300_000_000
        limits.handshakeNanoseconds = 100_000_000
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        peer.send(Frame.windowUpdate, stream: 0, [0x7f, 0, 0, 0])
        peer.send(Frame.headers, flags: end | endHeaders, stream: 1, FramePeer.request("/large"))
        #expect(echo.counts.wait { $0.requests == 1 })
        #expect(echo.counts.wait { $0.aborted == 1 })
        #expect(peer.isClosed())
    }

    @Test func largeAnswersWaitForTheWindow() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        peer.send(Frame.headers, flags: end | endHeaders, stream: 1, FramePeer.request("/large"))
        var received = 0
        while let frame = peer.next(Frame.data, within: 0.3) { received += frame.payload.count }
        #expect(received == 65_535)
        peer.send(Frame.windowUpdate, stream: 0, [0, 0, 0x10, 0])
        peer.send(Frame.windowUpdate, stream: 1, [0, 0, 0x10, 0])
        while let frame = peer.next(Frame.data, within: 0.3) { received += frame.payload.count }
        #expect(received == 65_535 + 4_096)
    }

    @Test func streamsBeyondTheLimitAreRefused() throws {
        var limits = HTTP2Limits()
        limits.maxConcurrentStreams = 3
        let echo = try EchoServer(limits)
        let peer = echo.peer()
        func hold(_ stream: UInt32) {
            peer.send(Frame.headers, flags: end | endHeaders, stream: stream, FramePeer.request("/hold"))
        }
        for stream: UInt32 in [1, 3, 5, 7] { hold(stream) }
        // The peer may not have read the limit yet.
        let reset = try #require(peer.next(Frame.reset))
        #expect(reset.stream == 7)
        #expect(reset.word(at: 0) == NGHTTP2_REFUSED_STREAM.rawValue)
        // Once it has, it breaks the protocol.
        peer.send(Frame.settings, flags: 1)
        hold(9)
        #expect(goaway(peer) == NGHTTP2_PROTOCOL_ERROR.rawValue)
        #expect(peer.isClosed())
    }

    @Test func connectionsBeyondTheLimitAreClosed() throws {
        let echo = try EchoServer(maxConnections: 2)
        let peers = (0..<2).map { _ in echo.peer() }
        for peer in peers { #expect(peer.next(Frame.settings) != nil) }
        #expect(echo.peer().isClosed())
        peers[0].send(Frame.ping, Array("12345678".utf8))
        #expect(peers[0].next(Frame.ping) != nil)
    }

    @Test func drainWarnsThenNamesTheLastStreamAndWaitsForAnswers() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        peer.send(Frame.headers, flags: endHeaders, stream: 1, FramePeer.request("/echo"))
        peer.send(Frame.ping, Array("12345678".utf8))
        #expect(peer.next(Frame.ping)?.flags == 1)
        let isDrained = ConditionLock<Bool?>(nil)
        let server = echo.server
        let drainer = Thread(name: "drain") {
            let result = server.drain(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000)
            isDrained.withLockNotifyingAll { $0 = result }
        }
        let warning = try #require(peer.next(Frame.goaway))
        #expect(warning.word(at: 0) == 0x7fff_ffff)
        let ping = try #require(peer.next(Frame.ping))
        // A stream that crossed the warning is still served.
        peer.send(Frame.headers, flags: end | endHeaders, stream: 3, FramePeer.request("/echo"))
        #expect(peer.next(Frame.headers)?.stream == 3)
        peer.send(Frame.ping, flags: 1, ping.payload)
        let last = try #require(peer.next(Frame.goaway))
        #expect(last.word(at: 0) == 3)
        #expect(isDrained.withLock { $0 } == nil)
        peer.send(Frame.data, flags: end, stream: 1, [7])
        #expect(peer.next(Frame.data)?.payload == [7])
        #expect(peer.isClosed())
        #expect(isDrained.wait(untilNanoseconds: SystemClock().nanoseconds() + 60_000_000_000) { $0 } == true)
        drainer.join()
    }

    @Test func drainCutsWhatIsLeftAtItsDeadline() throws {
        let echo = try EchoServer()
        let peer = echo.peer()
        peer.send(Frame.headers, flags: end | endHeaders, stream: 1, FramePeer.request("/hold"))
        #expect(echo.counts.wait { $0.requests == 1 })
        #expect(!echo.server.drain(untilNanoseconds: SystemClock().nanoseconds() + 100_000_000))
        #expect(echo.counts.wait { $0.aborted == 1 })
        #expect(echo.server.connectionCount == 0)
    }

    @Test func garbageOfAnyKindLeavesTheServerRunning() throws {
        let echo = try EchoServer()
        var generator = SystemRandomNumberGenerator()
        for round in 0..<200 {
            let peer = echo.peer(greets: round % 4 != 0)
            var input: [UInt8] = []
            for _ in 0..<20 {
                let payload = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                input +=
                    Frame(
                        type: UInt8.random(in: 0...10, using: &generator),
                        flags: UInt8.random(in: 0...255, using: &generator),
                        stream: UInt32.random(in: 0...9, using: &generator), payload: payload
                    ).bytes
            }
            peer.send(input)
            _ = peer.receive(within: 0.01)
        }
        let peer = echo.peer()
        peer.send(Frame.headers, flags: end | endHeaders, stream: 1, FramePeer.request("/echo"))
        #expect(peer.next(Frame.headers)?.stream == 1)
    }
}
