import CProtobufC
import CServingProtos
import Graphs
import ServingCore
import ServingProtos
import Tensors

/// The body of a function while it is read. Its nodes refer to arguments by name, to outputs of other nodes as
/// `node:argument:index`, and to nodes that must run before as `^node`.
struct FunctionBody {
    let defs: [UnsafePointer<Tensorflow__NodeDef>]
    private(set) var graph = Graph()
    private(set) var parameters: [(name: String, dataType: DataType)] = []
    private let definition: Tensorflow__FunctionDef
    private let signature: Tensorflow__OpDef
    private let functions: [String: UnsafePointer<Tensorflow__FunctionDef>]
    /// Positions of arguments and nodes by name.
    private var positions: [String: Int] = [:]

    /// Begins with the argument nodes. Throws INVALID_ARGUMENT for duplicate names, UNIMPLEMENTED for an argument that stands
    /// for several tensors, which only graphs older than SavedModel have.
    init(
        _ definition: Tensorflow__FunctionDef, _ functions: [String: UnsafePointer<Tensorflow__FunctionDef>]
    ) throws(Status) {
        guard let signature = definition.signature?.pointee else { throw .invalidArgument("it has no signature") }
        self.definition = definition
        self.signature = signature
        self.functions = functions
        defs = Repeated.messages(definition.node_def, definition.n_node_def)
        for argument in Repeated.messages(signature.input_arg, signature.n_input_arg) {
            try addArgument(argument.pointee)
        }
        for (index, def) in defs.enumerated() {
            try place(String(proto: def.pointee.name), at: parameters.count + index)
        }
    }

    private mutating func addArgument(_ argument: Tensorflow__OpDef__ArgDef) throws(Status) {
        let name = String(proto: argument.name)
        guard String(proto: argument.number_attr).isEmpty, String(proto: argument.type_list_attr).isEmpty else {
            throw .unimplemented("argument '\(name)' is a list, which is not supported")
        }
        let typeAttribute = String(proto: argument.type_attr)
        let type = AttributeReader.type(argument.type)
        let attributes: [String: Attribute] = [
            "T": typeAttribute.isEmpty ? .type(type) : .placeholder(typeAttribute), "index": .int(parameters.count),
        ]
        try place(name, at: parameters.count)
        parameters.append((name, type))
        add(Node(name: name, op: "_Arg", attributes: Attributes(attributes)))
    }

    private mutating func place(_ name: String, at position: Int) throws(Status) {
        guard positions.updateValue(position, forKey: name) == nil else {
            throw .invalidArgument("Node '\(name)' is not unique")
        }
    }

    mutating func add(_ node: Node) { _ = graph.add(node) }

    /// Adds what `input` refers to to the inputs of `node`.
    func resolve(_ input: String, into node: inout Node) throws(Status) {
        if input.hasPrefix("^") {
            node.controlInputs.append(try position(input.dropFirst(), input, "Node '\(node.name)'"))
        } else {
            node.inputs.append(try outlet(input, "Node '\(node.name)'"))
        }
    }

    private func position(_ name: Substring, _ input: String, _ user: String) throws(Status) -> Int {
        guard let position = positions[String(name)] else {
            throw .invalidArgument("\(user): Unknown input node '\(input)'")
        }
        return position
    }

    private func outlet(_ input: String, _ user: String) throws(Status) -> OutletID {
        let parts = input.split(separator: ":", omittingEmptySubsequences: false)
        let position = try position(parts[0], input, user)
        if parts.count == 1, position < parameters.count { return OutletID(node: position) }
        // Without an index the first output of the argument is meant.
        let index = parts.count == 3 ? Int32(parts[2]) : 0
        guard parts.count == 2 || parts.count == 3, position >= parameters.count, let index, index >= 0 else {
            throw .invalidArgument("\(user): '\(input)' is neither an argument nor an output 'node:argument:index'")
        }
        do throws(Status) {
            return OutletID(node: position, slot: try slot(parts[1], Int(index), at: defs[position - parameters.count]))
        } catch {
            throw error.prefixed("\(user): ")
        }
    }

    private func slot(
        _ argument: Substring, _ index: Int, at def: UnsafePointer<Tensorflow__NodeDef>
    ) throws(Status) -> Int {
        guard let called = functions[String(proto: def.pointee.op)]?.pointee.signature?.pointee else {
            return try OpOutputs.slot(of: argument, index, at: def)
        }
        let results = Repeated.messages(called.output_arg, called.n_output_arg)
        guard index == 0, let slot = results.firstIndex(where: { String(proto: $0.pointee.name) == argument }) else {
            throw .invalidArgument(
                "Node '\(String(proto: def.pointee.name))' calls function '\(String(proto: def.pointee.op))', "
                    + "which has no output '\(argument):\(index)'")
        }
        return slot
    }

    /// What the function returns, in the order of its signature.
    func results() throws(Status) -> [OutletID] {
        let entries = Repeated.messages(definition.ret, definition.n_ret)
        let sources = Dictionary(
            entries.map { (String(proto: $0.pointee.key), String(proto: $0.pointee.value)) }, uniquingKeysWith: { $1 })
        var results: [OutletID] = []
        for argument in Repeated.messages(signature.output_arg, signature.n_output_arg) {
            let name = String(proto: argument.pointee.name)
            guard let source = sources[name] else { throw .invalidArgument("result '\(name)' is missing") }
            results.append(try outlet(source, "result '\(name)'"))
        }
        return results
    }

    /// The nodes that must run for their effects.
    func controlResults() throws(Status) -> [Int] {
        var results: [Int] = []
        for entry in Repeated.messages(definition.control_ret, definition.n_control_ret) {
            let name = String(proto: entry.pointee.value)
            results.append(try position(name[...], name, "control result '\(String(proto: entry.pointee.key))'"))
        }
        return results
    }
}
