import Execution
import ServingCore
import ServingProtos
import Testing
import Threading

@testable import Services

@Suite struct ProfilerServiceTests {
    private final class Bytes: @unchecked Sendable {  // never written after it was made
        let buffer: UnsafeMutableRawBufferPointer
        init(_ content: [UInt8]) {
            buffer = .allocate(byteCount: content.count, alignment: 16)
            buffer.copyBytes(from: content)
        }
        deinit { buffer.deallocate() }
    }

    private final class Answer: Sendable {
        let results = ConditionLock<[Result<Int, Status>]>([])

        var status: Status {
            switch results.wait(for: { $0.first }) {
            case .success: .ok
            case .failure(let status): status
            }
        }

        var isThere: Bool { results.withLock { !$0.isEmpty } }
    }

    private let compute = ThreadPool(name: "compute", threadCount: 1)
    private let service: ProfilerService

    init() { service = ProfilerService(recorder: RunRecorder(), compute: compute) }

    private func call(
        milliseconds: UInt64, session: String = "", cancellation: CancellationFlag? = nil,
        _ send: (ServiceCall) -> Void
    ) -> Answer {
        var writer = WireWriter()
        writer.append(field: 1, unsigned: milliseconds)
        writer.append(field: 6, string: session)
        return call(writer.bytes, cancellation, send)
    }

    private func call(
        _ bytes: [UInt8], _ cancellation: CancellationFlag? = nil, _ send: (ServiceCall) -> Void
    ) -> Answer {
        let answer = Answer()
        let owner = Bytes(bytes)
        send(
            ServiceCall(
                message: UnsafeRawBufferPointer(owner.buffer), owner: owner, deadline: .never,
                cancellation: cancellation
            ) { result, _ in answer.results.withLockNotifyingAll { $0.append(result.map(\.byteCount)) } })
        return answer
    }

    private func terminate(_ session: String) {
        var writer = WireWriter()
        writer.append(field: 1, string: session)
        #expect(call(writer.bytes) { service.terminate($0) }.status.isOK)
    }

    @Test func secondCaptureIsRefusedAndTheFirstCanBeTerminated() {
        let first = call(milliseconds: 600_000, session: "one") { service.profile($0) }
        let second = call(milliseconds: 1) { service.profile($0) }
        #expect(second.status == .internalError("Another profiling session active."))
        let look = call(milliseconds: 1) { service.monitor($0) }
        #expect(look.status == .internalError("Another profiling session active."))
        terminate("two")
        #expect(!first.isThere)
        terminate("one")
        #expect(first.status.isOK)
        #expect(call(milliseconds: 1) { service.profile($0) }.status.isOK)
    }

    @Test func captureEndsWhenItsCallerIsGone() {
        let flag = CancellationFlag()
        let answer = call(milliseconds: 600_000, cancellation: flag) { service.profile($0) }
        flag.cancel()
        service.wake()
        #expect(answer.status.code == .cancelled)
        #expect(call(milliseconds: 1) { service.profile($0) }.status.isOK)
    }

    @Test func stopLetsTheCaptureAnswerAndTakesNoMore() {
        let answer = call(milliseconds: 600_000) { service.profile($0) }
        service.stop()
        #expect(answer.status.isOK)
        #expect(call(milliseconds: 1) { service.profile($0) }.status == .unavailable("the server is shutting down"))
        #expect(call(milliseconds: 1) { service.monitor($0) }.status == .unavailable("the server is shutting down"))
    }

    @Test func monitorRefusesLevelsThatDoNotExist() {
        var writer = WireWriter()
        writer.append(field: 1, unsigned: 1)
        writer.append(field: 2, integer: 3)
        let answer = call(writer.bytes) { service.monitor($0) }
        #expect(answer.status == .invalidArgument("monitoring_level is 3, expected 1 or 2"))
    }

    @Test func malformedRequestsAreRefused() {
        for send in [service.profile, service.terminate, service.monitor] {
            #expect(call([0xff]) { send($0) }.status.code == .internalError)
        }
    }
}
