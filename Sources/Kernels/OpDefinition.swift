import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// One op: its TensorFlow name, the rule that infers what its outputs are, and the function that makes its kernel.
public struct OpDefinition: Sendable {
    /// Facts about the outputs from the node's attributes and facts about its inputs. It may know less than a run will
    /// show, but says how many outputs there are and their types, and throws where no run could succeed.
    public typealias Inference = @Sendable (NodeFacts) throws(Status) -> [TensorFact]

    /// The kernel for a node. All that can fail because of the model fails here.
    public typealias Construction = @Sendable (KernelConstruction) throws(Status) -> any Kernel

    public let name: String
    /// True if a run has effects or depends on more than the inputs: such nodes are neither folded nor removed when
    /// something must run for its effects.
    public let isStateful: Bool
    public let infer: Inference
    public let makeKernel: Construction

    public init(
        _ name: String, isStateful: Bool = false, infer: @escaping Inference, makeKernel: @escaping Construction
    ) {
        self.name = name
        self.isStateful = isStateful
        self.infer = infer
        self.makeKernel = makeKernel
    }
}

/// A node and what is known of its inputs.
public struct NodeFacts: Sendable {
    public let node: Node
    public let inputs: [TensorFact]

    public init(node: Node, inputs: [TensorFact]) {
        self.node = node
        self.inputs = inputs
    }

    public var attributes: Attributes { node.attributes }

    /// The fact about input `index`. Throws if the node has fewer inputs.
    public func input(_ index: Int) throws(Status) -> TensorFact {
        guard inputs.indices.contains(index) else {
            throw .invalidArgument("\(node.op) needs at least \(index + 1) inputs, but has \(inputs.count)")
        }
        return inputs[index]
    }

    /// The integers of input `index` if they are known before the run.
    public func constantIntegers(_ index: Int) throws(Status) -> [Int]? { try input(index).constant?.integers }
}

/// A function that a kernel wants to call, and what is known of the arguments of all its calls.
public struct FunctionUse: Sendable {
    public let reference: FunctionReference
    public let arguments: [TensorFact]

    public init(_ reference: FunctionReference, arguments: [TensorFact]) {
        self.reference = reference
        self.arguments = arguments
    }

    public var name: String { reference.name }
}

/// What a kernel is made from.
public struct KernelConstruction: Sendable {
    public let facts: NodeFacts
    /// What inference said about the outputs.
    public let outputs: [TensorFact]
    /// The state of the model that the kernel belongs to.
    public let resources: ResourceStore
    /// Compiles a function of the library into a program that names the types of its results; for ops that call functions.
    /// Throws if the arguments do not fit its parameters.
    public let compileFunction: @Sendable (FunctionUse) throws(Status) -> Program
    /// What constant weights are to be kept in, as far as the kernel can and it is of use.
    public let precision: WeightPrecision
    /// How to compute a convolution, where that has been chosen together with those of the other nodes.
    var convolution: ConvolutionAlgorithm?

    public init(
        facts: NodeFacts, outputs: [TensorFact], resources: ResourceStore, precision: WeightPrecision = .float,
        compileFunction: @escaping @Sendable (FunctionUse) throws(Status) -> Program
    ) {
        self.facts = facts
        self.outputs = outputs
        self.resources = resources
        self.precision = precision
        self.compileFunction = compileFunction
    }

    public var node: Node { facts.node }
    public var attributes: Attributes { facts.node.attributes }

    /// The fact about input `index`.
    public func input(_ index: Int) throws(Status) -> TensorFact { try facts.input(index) }

    /// The error for an element type that the op does not take.
    public func unsupported(_ dataType: DataType, _ attribute: String = "T") -> Status {
        .unimplemented("\(node.op) does not support \(attribute)=\(dataType.protoName)")
    }
}
