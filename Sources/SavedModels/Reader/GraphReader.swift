import CProtobufC
import CServingProtos
import Graphs
import ServingCore
import ServingProtos
import Tensors

/// Turns a `GraphDef` with its function library into the graph language.
struct GraphReader {
    /// What the nodes of a model may add up to; TensorFlow's own tools fail long before.
    private static let mostNodes = 5_000_000

    private let graph: Tensorflow__GraphDef
    private let producer: Int
    private var reader: AttributeReader
    private var nodeCount = 0

    /// - Parameter arena: keeps everything alive that `graph` points to.
    init(_ graph: Tensorflow__GraphDef, arena: MessageArena, constantBytes: Int) {
        self.graph = graph
        producer = Int(graph.versions?.pointee.producer ?? 0)
        reader = AttributeReader(arena: arena, constantBytes: constantBytes)
    }

    /// The main graph, and the functions that it calls directly or through others. Functions that nobody calls are not
    /// looked at. Throws INVALID_ARGUMENT for duplicate names and for references to what does not exist.
    mutating func read() throws(Status) -> (Graph, FunctionLibrary) {
        var definitions: [String: UnsafePointer<Tensorflow__FunctionDef>] = [:]
        if let library = graph.library?.pointee {
            for function in Repeated.messages(library.function, library.n_function) {
                guard let signature = function.pointee.signature else { continue }
                definitions[String(proto: signature.pointee.name)] = function
            }
        }
        let main = try readMain(definitions)
        var functions: [FunctionDefinition] = []
        var next = 0
        while next < reader.functions.count {
            let name = reader.functions[next]
            next += 1
            guard let definition = definitions[name] else { continue }
            functions.append(try readFunction(name, definition.pointee, definitions))
        }
        return (main, FunctionLibrary(functions))
    }

    /// A signature's default value or another tensor of the same file, on the same budget.
    mutating func tensor(_ proto: UnsafePointer<Tensorflow__TensorProto>) throws(Status) -> Tensor {
        try reader.tensor(proto)
    }

    /// The definitions of all functions by name; they are needed to tell calls from ops.
    private typealias Definitions = [String: UnsafePointer<Tensorflow__FunctionDef>]

    private mutating func readMain(_ definitions: Definitions) throws(Status) -> Graph {
        let defs = Repeated.messages(graph.node, graph.n_node)
        var names = NodeNames()
        for def in defs { try names.add(String(proto: def.pointee.name)) }
        var result = Graph()
        result.nodes.reserveCapacity(defs.count)
        for def in defs {
            var node = try readNode(def, definitions)
            for input in Repeated.values(def.pointee.input, def.pointee.n_input) {
                try names.resolve(String(proto: input), into: &node)
            }
            _ = result.add(node)
        }
        return result
    }

    private mutating func readFunction(
        _ name: String, _ definition: Tensorflow__FunctionDef, _ definitions: Definitions
    ) throws(Status) -> FunctionDefinition {
        do throws(Status) {
            var body = try FunctionBody(definition, definitions)
            for def in body.defs {
                var node = try readNode(def, definitions)
                for input in Repeated.values(def.pointee.input, def.pointee.n_input) {
                    try body.resolve(String(proto: input), into: &node)
                }
                body.add(node)
            }
            let entries = Repeated.messages(definition.attr, definition.n_attr)
            let attributes = try reader.attributes(
                entries.map { (String(proto: $0.pointee.key), $0.pointee.value.map { UnsafePointer($0) }) })
            return FunctionDefinition(
                name: name, body: body.graph, parameters: body.parameters, results: try body.results(),
                controlResults: try body.controlResults(), attributes: Attributes(attributes))
        } catch {
            throw error.prefixed("Function '\(name)': ")
        }
    }

    /// The node without its inputs.
    private mutating func readNode(
        _ def: UnsafePointer<Tensorflow__NodeDef>, _ definitions: Definitions
    ) throws(Status) -> Node {
        nodeCount += 1
        guard nodeCount <= GraphReader.mostNodes else {
            throw .resourceExhausted("the model has more than \(GraphReader.mostNodes) nodes")
        }
        let op = String(proto: def.pointee.op)
        if definitions[op] != nil { reader.use(op) }
        var attributes = try reader.attributes(of: def)
        // Graphs of that age say "any shape" with a shape that has no dimensions.
        if op == "Placeholder", producer <= 21, case .shape(let shape)? = attributes["shape"], shape.rank == 0 {
            attributes["shape"] = .shape(.unknown)
        }
        return Node(name: String(proto: def.pointee.name), op: op, attributes: attributes)
    }
}

/// The nodes of a graph by name, to which inputs `name`, `name:k` and `^name` refer.
private struct NodeNames {
    private var positions: [String: Int] = [:]

    mutating func add(_ name: String) throws(Status) {
        guard positions.updateValue(positions.count, forKey: name) == nil else {
            throw .invalidArgument("Node '\(name)' is not unique")
        }
    }

    /// Adds what `input` refers to to the inputs of `node`.
    func resolve(_ input: String, into node: inout Node) throws(Status) {
        if input.hasPrefix("^") {
            node.controlInputs.append(try position(input.dropFirst(), input, node))
            return
        }
        guard let colon = input.utf8.lastIndex(of: UInt8(ascii: ":")),
            let slot = Int32(input[input.index(after: colon)...]),
            slot >= 0
        else {
            node.inputs.append(OutletID(node: try position(input[...], input, node)))
            return
        }
        node.inputs.append(OutletID(node: try position(input[..<colon], input, node), slot: Int(slot)))
    }

    private func position(_ name: Substring, _ input: String, _ node: Node) throws(Status) -> Int {
        guard let position = positions[String(name)] else {
            throw .invalidArgument("Node '\(node.name)': Unknown input node '\(input)'")
        }
        return position
    }
}
