import Tensors

/// One output of a node.
public struct OutletID: Sendable, Hashable {
    public var node: Int
    public var slot: Int

    public init(node: Int, slot: Int = 0) {
        self.node = node
        self.slot = slot
    }
}

/// What is known of a value before a run.
public struct TensorFact: Sendable {
    public var dataType: DataType
    public var shape: PartialShape
    /// The value itself, if it is the same in every run.
    public var constant: Tensor?

    public init(_ dataType: DataType, _ shape: PartialShape = .unknown) {
        self.dataType = dataType
        self.shape = shape
    }

    public init(constant: Tensor) {
        dataType = constant.dataType
        shape = PartialShape(constant.shape)
        self.constant = constant
    }
}

/// A call of an op: its inputs, the nodes that must run before it, and its attributes.
public struct Node: Sendable {
    public var name: String
    /// TensorFlow's op name, for example `MatMul`.
    public var op: String
    public var inputs: [OutletID]
    /// Nodes that must have run before this one, though it uses none of their outputs.
    public var controlInputs: [Int]
    public var attributes: Attributes
    /// The function that the node stood in before it was inlined; empty for a node of the main graph.
    public var function: String
    /// The nodes in whose place the compiler put this one; nil for a node of the model.
    public var replaced: ReplacedNodes?

    public init(
        name: String, op: String, inputs: [OutletID] = [], controlInputs: [Int] = [],
        attributes: Attributes = Attributes(),
        function: String = ""
    ) {
        self.name = name
        self.op = op
        self.inputs = inputs
        self.controlInputs = controlInputs
        self.attributes = attributes
        self.function = function
    }

    /// The node as TensorFlow names it behind an error: `{{node n}}`, or `{{function_node f}}{{node n}}`.
    public var errorLabel: String {
        function.isEmpty ? "{{node \(name)}}" : "{{function_node \(function)}}{{node \(name)}}"
    }
}

/// The nodes that one faster node stands for. They say what it must answer where it can't: for shapes that it was not made
/// for, and how each of them fails.
public final class ReplacedNodes: Sendable {
    /// The nodes in running order, behind one `_Arg` node for each input of the node that stands for them.
    public let graph: Graph
    /// What the outputs of that node are.
    public let results: [OutletID]

    public init(graph: Graph, results: [OutletID]) {
        self.graph = graph
        self.results = results
    }
}

/// Nodes, identified by their position. Order says nothing; cycles are refused when a program is made.
public struct Graph: Sendable {
    public var nodes: [Node]

    public init(nodes: [Node] = []) { self.nodes = nodes }

    /// Appends `node` and returns its position.
    public mutating func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    /// Positions by name. Names are unique in a graph that was read from a file.
    public func positionsByName() -> [String: Int] {
        Dictionary(nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A function of the library: a graph with named parameters and results.
public struct FunctionDefinition: Sendable {
    public var name: String
    /// The body; its first `parameters.count` nodes have the op `_Arg` and stand for the arguments, in order.
    public var body: Graph
    public var parameters: [(name: String, dataType: DataType)]
    public var results: [OutletID]
    /// Nodes that must run for their effects even if no result needs them.
    public var controlResults: [Int]
    public var attributes: Attributes

    public init(
        name: String, body: Graph, parameters: [(name: String, dataType: DataType)], results: [OutletID],
        controlResults: [Int], attributes: Attributes
    ) {
        self.name = name
        self.body = body
        self.parameters = parameters
        self.results = results
        self.controlResults = controlResults
        self.attributes = attributes
    }
}

/// The functions that call nodes can name.
public struct FunctionLibrary: Sendable {
    public private(set) var functions: [String: FunctionDefinition]

    public init(_ functions: [FunctionDefinition] = []) {
        self.functions = Dictionary(functions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public subscript(name: String) -> FunctionDefinition? { functions[name] }

    /// Adds `function`, or puts it in the place of the one of its name.
    public mutating func set(_ function: FunctionDefinition) { functions[function.name] = function }
}
