import CServingProtos
import Graphs
import Models
import ServingCore
import ServingProtos
import Tensors

/// A `SessionRunRequest` on its way: the names of its tensors, their values, and the answer with the results.
struct SessionRun {
    private let message: UnsafePointer<Tensorflow__Serving__SessionRunRequest>
    private let feeds: [UnsafePointer<Tensorflow__NamedTensorProto>]
    private let byteCount: Int
    private let arena: MessageArena
    /// The names in the graph of what is fed, and the types of the values that were sent.
    let feedTypes: [(name: String, dataType: DataType)]
    /// The names in the graph of what is fetched.
    let fetches: [String]
    /// The nodes to run.
    let targets: [String]

    /// What all tensors of a request may take beyond eight times its own size.
    private static let expansionAllowance = 256 << 20

    /// - Parameters:
    ///   - message: valid as long as `arena`.
    ///   - byteCount: of the message as it came.
    ///   - signatureName: whose aliases the request uses, if it does.
    /// Throws INVALID_ARGUMENT for values without a type and for unknown aliases, FAILED_PRECONDITION for an unknown signature.
    init(
        _ message: UnsafePointer<Tensorflow__Serving__SessionRunRequest>, byteCount: Int, arena: MessageArena,
        on model: Model, _ signatureName: String
    ) throws(Status) {
        self.message = message
        self.byteCount = byteCount
        self.arena = arena
        feeds = Repeated.messages(message.pointee.feed, message.pointee.n_feed)
        var names = feeds.map { String(proto: $0.pointee.name) }
        var fetches = Repeated.strings(message.pointee.fetch, message.pointee.n_fetch)
        targets = Repeated.strings(message.pointee.target, message.pointee.n_target)
        if message.pointee.tensor_name_is_alias != 0 {
            let name = Prediction.signatureName(signatureName)
            let signature = try Prediction.runner(named: name, in: model, checksMethodName: false).signature
            names = try names.map { (alias) throws(Status) in try SessionRun.tensor(alias, "feed", signature) }
            fetches = try fetches.map { (alias) throws(Status) in try SessionRun.tensor(alias, "fetch", signature) }
        }
        self.fetches = fetches
        var types: [(name: String, dataType: DataType)] = []
        for (name, feed) in zip(names, feeds) {
            guard let value = feed.pointee.tensor else { throw SessionRun.unreadable(feed) }
            types.append((name, try DataType(proto: value.pointee.dtype)))
        }
        feedTypes = types
    }

    /// The tensor's name in the graph that `alias` stands for.
    private static func tensor(_ alias: String, _ role: String, _ signature: Signature) throws(Status) -> String {
        if let port = signature.inputs[alias] ?? signature.outputs[alias] { return port.tensorName }
        let known = Set(signature.inputs.keys).union(signature.outputs.keys).sorted().joined(separator: ",")
        throw .invalidArgument(
            "\(role) alias not found in signature \"\(signature.name)\": \(alias). Aliases expected to be in the set {\(known)}."
        )
    }

    /// The values that are fed, in the order of `feedTypes`.
    func decodeFeeds() throws(Status) -> [Tensor] {
        var budget = SessionRun.expansionAllowance + 8 * byteCount
        return try feeds.map { (feed) throws(Status) in
            guard let value = feed.pointee.tensor else { throw SessionRun.unreadable(feed) }
            do throws(Status) {
                let tensor = try Tensor(decoding: UnsafePointer(value), byteLimit: budget, owner: arena)
                budget -= tensor.byteCount
                return tensor
            } catch {
                throw error.code == .invalidArgument ? SessionRun.unreadable(feed) : error
            }
        }
    }

    private static func unreadable(_ feed: UnsafePointer<Tensorflow__NamedTensorProto>) -> Status {
        .invalidArgument("tensor parsing error: \(String(proto: feed.pointee.name))")
    }

    /// A `SessionRunResponse`: `results` under the names by which they were asked for, and the ModelSpec that was used.
    ///
    /// Throws UNIMPLEMENTED for values that can't be written into a message.
    func answer(_ results: [Tensor], form: TensorForm, modelSpec: [UInt8]) throws(Status) -> WireAnswer {
        let names = Repeated.strings(message.pointee.fetch, message.pointee.n_fetch)
        var entries: [(name: String, tensor: TensorEncoding, size: Int)] = []
        for (name, result) in zip(names, results) {
            let tensor: TensorEncoding
            do throws(Status) {
                tensor = try TensorEncoding(result, form: form)
            } catch {
                throw error.prefixed("\(name): ")
            }
            let header = name.isEmpty ? 0 : WireWriter.size(field: Field.name, length: name.utf8.count)
            entries.append((name, tensor, header + WireWriter.size(field: Field.tensor, length: tensor.byteCount)))
        }
        let size = entries.reduce(WireWriter.size(field: Field.modelSpec, length: modelSpec.count)) {
            $0 + WireWriter.size(field: Field.tensors, length: $1.size)
        }
        let finished = entries
        return WireAnswer(byteCount: size) { memory in
            var writer = WireWriter(into: memory)
            for (name, tensor, size) in finished {
                writer.appendHeader(field: Field.tensors, length: size)
                writer.append(field: Field.name, string: name)
                tensor.write(field: Field.tensor, to: &writer)
            }
            writer.append(field: Field.modelSpec, message: modelSpec)
        }
    }

    private enum Field {
        static let tensors = 1
        static let modelSpec = 3
        static let name = 1
        static let tensor = 2
    }
}
