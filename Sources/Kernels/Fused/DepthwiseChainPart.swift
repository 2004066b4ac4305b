import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// The convolutions that a node of op `FusedDepthwiseChain` consists of, in their order. Only `depthwise` is always there, and one of the
/// others.
///
/// The attributes of each, with the names of those of a node of its own, stand among the attributes of the chain.
public enum DepthwiseChainPart: String, Sendable, CaseIterable {
    /// A convolution of single pixels in front.
    case expansion
    case depthwise
    /// A convolution of single pixels behind, to whose result a residual may be added.
    case projection

    private var prefix: String { rawValue + "/" }

    /// The attributes of a chain that tell those of this part.
    public func attributes(from own: Attributes) -> [String: Attribute] {
        Dictionary(uniqueKeysWithValues: own.values.map { (prefix + $0.key, $0.value) })
    }

    /// The attributes that `chain`, those of a whole chain, tell of this part; nil if it has none.
    func attributes(in chain: Attributes) -> Attributes? {
        let own = chain.values.filter { $0.key.hasPrefix(prefix) }
        guard !own.isEmpty else { return nil }
        return Attributes(
            Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }

    /// The op that it would be as a node of its own, without what is added to its result.
    var op: String { self == .depthwise ? "DepthwiseConv2dNative" : "Conv2D" }
}

/// A part of a chain as if it were a node of its own, and where its constants stand among the inputs of the chain.
struct DepthwiseChainStage {
    let part: DepthwiseChainPart
    /// Its inputs are what comes from the part before and the filter.
    let facts: NodeFacts
    let result: TensorFact
    let filterInput: Int
    let biasInput: Int?
    let residualInput: Int?
    let activation: Activation

    /// The parts of the chain that `facts` tell of: a node whose inputs are pictures, and for each part its filter and, as far as its
    /// attributes say so, its bias and its residual.
    static func stages(of facts: NodeFacts) throws(Status) -> [DepthwiseChainStage] {
        var stages: [DepthwiseChainStage] = []
        var value = try facts.input(0)
        var next = 1
        for part in DepthwiseChainPart.allCases {
            guard let attributes = part.attributes(in: facts.attributes) else { continue }
            let epilogue = try Epilogue(attributes, inputs: next + 1)
            let own = NodeFacts(
                node: Node(name: facts.node.name, op: part.op, attributes: attributes),
                inputs: [value, try facts.input(next)])
            value = try OpRegistry.standard[part.op]!.infer(own)[0]
            stages.append(
                DepthwiseChainStage(
                    part: part, facts: own, result: value, filterInput: next, biasInput: epilogue.biasInput,
                    residualInput: epilogue.residualInput, activation: epilogue.activation))
            next += 1 + (epilogue.biasInput == nil ? 0 : 1) + (epilogue.residualInput == nil ? 0 : 1)
        }
        return stages
    }

    /// What its kernel is made from, as a part of `chain`.
    func construction(_ chain: KernelConstruction) -> KernelConstruction {
        KernelConstruction(
            facts: facts, outputs: [result], resources: chain.resources, precision: chain.precision,
            compileFunction: chain.compileFunction)
    }

    /// Its bias, one element for each of `channels`; nil if it has none. Throws INVALID_ARGUMENT if that is no such constant.
    func bias(_ chain: KernelConstruction, channels: Int) throws(Status) -> Tensor? {
        guard let biasInput else { return nil }
        guard let bias = try chain.input(biasInput).constant, bias.dataType == .float, bias.elementCount == channels
        else {
            throw .invalidArgument("a chain of convolutions needs a constant bias of \(channels) elements")
        }
        return bias
    }
}
