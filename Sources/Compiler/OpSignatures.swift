import Graphs
import Kernels
import ServingCore
import Tensors

/// What TensorFlow's ops say of the number and the types of their inputs and outputs.
///
/// Kernels read the memory of their inputs as the types that they were made for, so nodes that don't fit their op must not
/// get that far.
enum OpSignatures {
    private static let signatures: [Substring: OpSignature] = {
        let text = table.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        var signatures: [Substring: OpSignature] = [:]
        for line in text.split(separator: "\n") {
            if let name = line.prefix(while: { $0 != " " }) as Substring?, !name.isEmpty {
                signatures[name] = OpSignature(line.dropFirst(name.count))
            }
        }
        return signatures
    }()

    /// What `op` says; nil for an op that is not in the table.
    static subscript(op: String) -> OpSignature? { signatures[Substring(op)] }

    /// Throws INVALID_ARGUMENT if `node` has not the inputs that its op and its attributes ask for.
    static func checkInputs(_ node: NodeFacts) throws(Status) {
        guard let signature = self[node.node.op] else { return }
        var types = BoundTypes(node.node)
        let expected = try types.expand(signature.inputs, signature, available: node.inputs.count)
        guard expected.count == node.inputs.count else { throw wrongCount(node, expected.count) }
        for (index, (input, argument)) in zip(node.inputs, expected).enumerated() {
            let type = try types.type(argument, signature, actual: input.dataType)
            guard type == input.dataType else {
                throw .invalidArgument(
                    "Input \(index) of node \(node.node.name) was passed \(input.dataType.name) "
                        + "incompatible with expected \(type.name).")
            }
        }
    }

    /// Throws INVALID_ARGUMENT if `outputs`, which were inferred for `node`, have not the types that its op and its attributes
    /// promise to those who read them.
    static func checkOutputs(_ outputs: [TensorFact], of node: NodeFacts) throws(Status) {
        guard let signature = self[node.node.op] else { return }
        var types = BoundTypes(node.node)
        for (input, argument) in zip(
            node.inputs, try types.expand(signature.inputs, signature, available: node.inputs.count))
        {
            _ = try types.type(argument, signature, actual: input.dataType)
        }
        let expected = try types.expand(signature.outputs, signature, available: outputs.count)
        guard expected.count == outputs.count else {
            throw .invalidArgument("\(node.node.op) has \(expected.count) outputs, not \(outputs.count)")
        }
        for (index, (output, argument)) in zip(outputs, expected).enumerated() {
            let type = try types.type(argument, signature, actual: output.dataType)
            guard type == output.dataType else {
                throw .invalidArgument(
                    "Output \(index) of node \(node.node.name) is \(output.dataType.name), but its op says \(type.name)."
                )
            }
        }
    }

    private static func wrongCount(_ node: NodeFacts, _ expected: Int) -> Status {
        let types = node.inputs.map(\.dataType.name).joined(separator: ", ")
        return .invalidArgument(
            "NodeDef expected inputs '\(types)' do not match \(expected) inputs specified; Op<name=\(node.node.op)>; "
                + "NodeDef: \(node.node.errorLabel)")
    }
}

/// One op's arguments, in TensorFlow's order.
struct OpSignature {
    /// The type of one argument, or of several.
    struct Argument {
        enum Count {
            case one
            /// As many as the attribute says.
            case attribute(String)
            /// One for each type in the list.
            case types
        }

        /// A type attribute, a list of types, or nil for `fixed`.
        let attribute: String?
        let fixed: DataType
        let count: Count
        let isReference: Bool
    }

    /// What an attribute may be, and what it is when a node leaves it out.
    struct Limits {
        var allowed: Set<DataType>?
        var defaults: [Int]?
    }

    private(set) var inputs: [Argument] = []
    private(set) var outputs: [Argument] = []
    private(set) var limits: [String: Limits] = [:]

    /// Reads a line of the table behind the op's name.
    init(_ line: Substring) {
        var part = 0
        for word in line.split(separator: " ") {
            switch (word, part) {
            case (">", _): part = 1
            case ("|", _): part = 2
            case (_, 0): inputs.append(OpSignature.argument(word))
            case (_, 1): outputs.append(OpSignature.argument(word))
            default: addLimits(word)
            }
        }
    }

    private static func argument(_ word: Substring) -> Argument {
        if word.hasPrefix("*") {
            return Argument(attribute: String(word.dropFirst()), fixed: .invalid, count: .types, isReference: false)
        }
        let parts = word.split(separator: "#")
        let isReference = parts[0].hasSuffix("&")
        let type = isReference ? parts[0].dropLast() : parts[0]
        let fixed = Int32(type).flatMap(DataType.init(rawValue:))
        return Argument(
            attribute: fixed == nil ? String(type) : nil, fixed: fixed ?? .invalid,
            count: parts.count == 2 ? .attribute(String(parts[1])) : .one, isReference: isReference)
    }

    private mutating func addLimits(_ word: Substring) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: ":", maxSplits: 1)
        func numbers(_ text: Substring) -> [Int] { text.split(separator: ",").compactMap { Int($0) } }
        var limits = Limits()
        if names.count == 2 {
            limits.allowed = Set(numbers(names[1]).compactMap { DataType(rawValue: Int32(truncatingIfNeeded: $0)) })
        }
        if parts.count == 2 { limits.defaults = numbers(parts[1]) }
        self.limits[String(names[0])] = limits
    }
}
