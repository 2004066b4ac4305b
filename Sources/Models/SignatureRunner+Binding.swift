import Batching
import Graphs
import ServingCore
import Tensors

extension SignatureRunner {
    /// The aliases to answer, for a request's output filter; an empty filter asks for all outputs.
    ///
    /// Throws INVALID_ARGUMENT for unknown and for repeated aliases.
    public func outputs(filter: [String]) throws(Status) -> [String] {
        guard !filter.isEmpty else { return outputAliases }
        var seen: Set<String> = []
        for alias in filter {
            guard signature.outputs[alias] != nil else {
                throw .invalidArgument(
                    "output tensor alias not found in signature: \(alias) Outputs expected to be in the set "
                        + "{\(outputAliases.joined(separator: ","))}.")
            }
            guard seen.insert(alias).inserted else { throw .invalidArgument("duplicate output tensor alias: \(alias)") }
        }
        return filter
    }

    /// The values to feed, in feeding order, from the inputs that a request sends.
    ///
    /// - Parameters:
    ///   - sent: the aliases in the request, none twice.
    ///   - read: the value behind the alias at a position of `sent`; throws if its bytes are no tensor.
    /// Throws INVALID_ARGUMENT in TensorFlow Serving's order of checks and with its texts.
    public func feeds(
        sent: [String], read: (Int) throws(Status) -> any BatchInput
    ) throws(Status) -> [any BatchInput] {
        try checkCount(sent)
        var feeds: [any BatchInput] = []
        feeds.reserveCapacity(inputs.count)
        var used: [String] = []
        for input in inputs {
            if let position = sent.firstIndex(of: input.alias) {
                used.append(input.alias)
                do throws(Status) {
                    feeds.append(try read(position))
                } catch {
                    throw SignatureRunner.decodingError(error, input.alias)
                }
            } else if let value = input.defaultValue {
                feeds.append(value)
            } else {
                throw missing(input, sent)
            }
        }
        guard used.count == sent.count else {
            throw .invalidArgument(
                "Inputs contains invalid name. Used request inputs: \(used.sorted().joined(separator: ",")), "
                    + "request input: \(sent.sorted().joined(separator: ","))")
        }
        return feeds
    }

    /// Throws INVALID_ARGUMENT if a tensor's type is not the signature's, as TensorFlow's runtime does.
    func checkTypes(of feeds: some Sequence<DataType>) throws(Status) {
        for (index, (input, type)) in zip(inputs, feeds).enumerated() where input.port.dataType != type {
            throw .invalidArgument(
                "Expects arg[\(index)] to be \(input.port.dataType.name) but \(type.name) is provided")
        }
    }

    private func checkCount(_ sent: [String]) throws(Status) {
        let tooMany = sent.count > inputs.count
        let tooFew = sent.count < inputs.count && signature.defaults.isEmpty
        guard tooMany || tooFew else { return }
        let sentNames = sent.sorted()
        let extra = sentNames.filter { signature.inputs[$0] == nil }
        let missing = sortedInputAliases.filter { !sentNames.contains($0) }
        func list(_ names: [String]) -> String { "{\(names.joined(separator: ","))}" }
        throw .invalidArgument(
            "input size does not match signature: \(sent.count)!=\(inputs.count) len(\(list(sentNames))) != "
                + "len(\(list(sortedInputAliases))). Sent extra: \(list(extra)). Missing but required: \(list(missing))."
        )
    }

    private func missing(_ input: Input, _ sent: [String]) -> Status {
        .invalidArgument(
            "Signature input alias: \(input.alias)(feed name: \(input.port.tensorName)) not found in request and no default "
                + "value provided. Inputs expected to be in the request {\(sent.sorted().joined(separator: ","))}, or "
                + "default input alias set: \(signature.defaults.keys.sorted().joined(separator: ","))")
    }

    private static func decodingError(_ error: Status, _ alias: String) -> Status {
        error.code == .invalidArgument ? .invalidArgument("tensor parsing error: \(alias)") : error
    }
}
