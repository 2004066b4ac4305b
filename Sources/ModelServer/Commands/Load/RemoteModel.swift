import CServingProtos
import Graphs
import SavedModels
import ServingCore
import ServingProtos
import Tensors
import Threading
import Transports

/// A model on a running server, as its metadata tells it.
struct RemoteModel {
    let arguments: LoadArguments
    private let loop: EventLoop

    /// - Parameter loop: on which calls are made; it must be running.
    init(_ arguments: LoadArguments, loop: EventLoop) {
        self.arguments = arguments
        self.loop = loop
    }

    /// The headers of a call of PredictionService.
    func headers(of method: String) -> HeaderBlock {
        HeaderBlock([
            HeaderField(":method", "POST"), HeaderField(":scheme", "http"),
            HeaderField(":path", "/tensorflow.serving.PredictionService/\(method)"),
            HeaderField(":authority", "\(arguments.host):\(arguments.port)"),
            HeaderField("te", "trailers"), HeaderField("content-type", "application/grpc"),
            HeaderField("user-agent", "model_server-bench"),
        ])
    }

    /// A PredictRequest, framed for gRPC, with made-up inputs that the model takes.
    ///
    /// Throws what is wrong with the signature or an input, or what the server answers.
    func predictRequest() throws(Status) -> [UInt8] {
        let signature = try signature()
        try arguments.recipe.check(signature.inputs.map(\.alias), of: signature.name)
        var failure: Status?
        for range in MadeUpRows.Range.allCases {
            let message = try encode(try feeds(signature, range), signature)
            do throws(Status) {
                _ = try call("Predict", message)
                return message
            } catch {
                guard error.code != .unavailable else { throw error }
                failure = failure ?? error
            }
        }
        throw failure!.prefixed("the server does not take made-up inputs, give it some by --input NAME=FILE: ")
    }

    private func feeds(_ signature: SignatureOutline, _ range: MadeUpRows.Range) throws(Status) -> [(String, Tensor)] {
        var madeUp = MadeUpRows(range: range)
        var feeds: [(String, Tensor)] = []
        for input in signature.inputs {
            if input.hasDefault, arguments.recipe.values[input.alias] == nil, arguments.recipe.sizes[input.alias] == nil
            {
                continue
            }
            guard let dataType = DataType.allCases.first(where: { $0.protoName == input.dataType }) else {
                throw .unimplemented("input \(input.alias): \(input.dataType) cannot be sent")
            }
            let port = Signature.Port(tensorName: input.tensorName, dataType: dataType, shape: input.shape)
            do throws(Status) {
                let tensor = try arguments.recipe.whole(
                    input.alias, port, defaultValue: nil, rows: arguments.rows, &madeUp)
                feeds.append((input.alias, tensor))
            } catch {
                throw error.prefixed("input \(input.alias): ")
            }
        }
        return feeds
    }

    private func encode(_ feeds: [(String, Tensor)], _ signature: SignatureOutline) throws(Status) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, message: specification(signature: signature.name))
        for (alias, tensor) in feeds {
            var entry = WireWriter()
            entry.append(field: 1, string: alias)
            entry.append(field: 2, message: try tensor.encoded(form: .content))
            writer.append(field: 2, message: entry.bytes)
        }
        return framed(writer.bytes)
    }

    /// A ModelSpec.
    private func specification(signature: String) -> [UInt8] {
        var writer = WireWriter()
        writer.append(field: 1, string: arguments.model)
        if let version = arguments.version {
            var wrapped = WireWriter()
            wrapped.append(field: 1, integer: version)
            writer.append(field: 2, message: wrapped.bytes)
        }
        writer.append(field: 3, string: signature)
        return writer.bytes
    }

    private func framed(_ message: [UInt8]) -> [UInt8] {
        [0] + (0..<4).map { UInt8(truncatingIfNeeded: message.count >> (24 - 8 * $0)) } + message
    }

    // MARK: Metadata

    private func signature() throws(Status) -> SignatureOutline {
        var request = WireWriter()
        request.append(field: 1, message: specification(signature: ""))
        request.append(field: 2, string: "signature_def")
        let answer = try call("GetModelMetadata", framed(request.bytes))
        let signatures = try RemoteModel.signatures(answer)
        guard let found = signatures.first(where: { $0.name == arguments.signature }) else {
            let names = signatures.map(\.name).filter { !$0.hasPrefix("__") }.sorted()
            throw .notFound("model \(arguments.model) has no signature \(Rehearsal.advice(arguments.signature, names))")
        }
        return found
    }

    /// The signatures in a GetModelMetadataResponse.
    private static func signatures(_ bytes: [UInt8]) throws(Status) -> [SignatureOutline] {
        let message = try Message<Tensorflow__Serving__GetModelMetadataResponse>(unpacking: bytes, limits: .modelFile)
        let packed = message.read { response in
            Repeated.messages(response.pointee.metadata, response.pointee.n_metadata)
                .first { String(proto: $0.pointee.key) == "signature_def" }
                .flatMap { $0.pointee.value?.pointee.value }
                .map { Array(UnsafeBufferPointer(start: $0.data, count: $0.len)) }
        }
        guard let packed else { throw .dataLoss("the server tells no signatures") }
        let map = try Message<Tensorflow__Serving__SignatureDefMap>(unpacking: packed, limits: .modelFile)
        return map.read { map in
            Repeated.messages(map.pointee.signature_def, map.pointee.n_signature_def).compactMap { entry in
                entry.pointee.value.map { SignatureOutline(name: String(proto: entry.pointee.key), $0.pointee) }
            }
        }
    }

    // MARK: A call

    /// Waits for the answer to one call on a connection of its own.
    private func call(_ method: String, _ message: [UInt8]) throws(Status) -> [UInt8] {
        let descriptor = try ClientSocket.connect(host: arguments.host, port: arguments.port)
        let outcome = ConditionLock<Result<[UInt8], Status>?>(nil)
        let headers = headers(of: method)
        loop.post { loop in
            SingleCall(loop: loop, headers: headers, message: message) { result in
                outcome.withLockNotifyingAll { $0 = result }
            }.start(descriptor)
        }
        return try outcome.wait { $0 }.get()
    }
}

/// One call on a connection of its own; lives until it has ended.
private final class SingleCall: ClientHandler, @unchecked Sendable {  // confined to its loop
    private let loop: EventLoop
    private let request: ClientRequest
    private let message: UnsafeMutableRawBufferPointer
    private let finished: (Result<[UInt8], Status>) -> Void
    private var connection: ClientConnection?
    /// Keeps itself while the call is under way.
    private var own: SingleCall?

    init(
        loop: EventLoop, headers: HeaderBlock, message: [UInt8],
        finished: @escaping (Result<[UInt8], Status>) -> Void
    ) {
        self.loop = loop
        self.message = .allocate(byteCount: message.count, alignment: 8)
        self.message.copyBytes(from: message)
        self.finished = finished
        request = ClientRequest(headers: headers, body: UnsafeRawBufferPointer(self.message), keepsAnswer: true)
    }

    deinit { message.deallocate() }

    func start(_ descriptor: Int32) {
        own = self
        do throws(Status) {
            let connection = try ClientConnection(descriptor, loop: loop, handler: self)
            self.connection = connection
            connection.send(request)
        } catch {
            end(.failure(error))
        }
    }

    func requestEnded(_ request: ClientRequest, on connection: ClientConnection) {
        if let failure = LoadClient.failure(request) {
            let code = request.grpcStatus.flatMap { Int32(exactly: $0) }.flatMap(StatusCode.init(rawValue:))
            return end(.failure(Status(code ?? .unavailable, "the server answers: \(failure)")))
        }
        end(.success(Array(request.answer.dropFirst(5))))
    }

    func connectionLost(_ connection: ClientConnection, _ reason: String) {
        end(.failure(.unavailable("the call was cut off: \(reason)")))
    }

    private func end(_ result: Result<[UInt8], Status>) {
        guard own != nil else { return }
        connection?.close()
        finished(result)
        // Not at once: the connection is still at work in a callback.
        let kept = own
        own = nil
        loop.post { _ in withExtendedLifetime(kept) {} }
    }
}
