import ServingCore

/// gRPC server reflection, versions v1 and v1alpha.
public enum ReflectionService {
    /// Requests are names; the longest that has a meaning is far shorter.
    private static let maxMessageBytes = 16 << 10
    private static let versions = ["grpc.reflection.v1", "grpc.reflection.v1alpha"]

    /// Adds the service to `router`; it lists itself and the services that `router` has by now.
    public static func register(in router: inout MethodRouter) {
        let own = versions.map { "\($0).ServerReflection" }
        let services = (router.serviceNames + own).sorted()
        for service in own {
            router.register(streaming: "/\(service)/ServerReflectionInfo", maxMessageBytes: maxMessageBytes) { call in
                ReflectionCall(call, ReflectionAnswers(services: services))
            }
        }
    }
}

/// One call of `ServerReflectionInfo`.
private final class ReflectionCall: RequestReceiver {
    private let call: GRPCCall
    private var answers: ReflectionAnswers

    init(_ call: GRPCCall, _ answers: ReflectionAnswers) {
        self.call = call
        self.answers = answers
    }

    func received(_ message: UnsafeRawBufferPointer) {
        do throws(Status) {
            let answer = try answers.answer(message)
            call.sendMessage(try OutgoingMessage(byteCount: answer.count) { $0.copyBytes(from: answer) })
        } catch {
            call.finish(error)
        }
    }

    func receivedEnd() { call.finish() }
}
