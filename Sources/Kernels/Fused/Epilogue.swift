import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// What a fused op does to the result of its product before storing it: `activation(result + bias + residual)`.
///
/// The inputs that it reads follow those of the op: the bias, then the residual, each only if the attribute of that name is
/// true. The bias is a constant vector, one element for each column of the result; the residual has the result's shape.
struct Epilogue: Sendable {
    /// Where the bias stands among the inputs.
    let biasInput: Int?
    /// Where the residual stands among the inputs.
    let residualInput: Int?
    let activation: Activation

    /// Nothing is done.
    static let none = Epilogue()

    private init() {
        biasInput = nil
        residualInput = nil
        activation = .linear
    }

    /// Reads the attributes `bias`, `residual`, `activation` and `activation_parameters`.
    /// - Parameter inputs: how many inputs the op has besides.
    init(_ attributes: Attributes, inputs: Int) throws(Status) {
        let hasBias = try attributes.bool("bias", default: false)
        biasInput = hasBias ? inputs : nil
        residualInput = try attributes.bool("residual", default: false) ? inputs + (hasBias ? 1 : 0) : nil
        activation = try Activation(attributes)
    }
}

extension Activation {
    /// The function that the attributes `activation` and `activation_parameters` name; `linear` without them.
    init(_ attributes: Attributes) throws(Status) {
        let name = try attributes.string("activation", default: Activation.linear.kind.name)
        let parameters = try attributes.floats("activation_parameters", default: [])
        guard let kind = Kind(named: name), parameters.count <= 2 else {
            throw .invalidArgument("unknown activation \(name) with \(parameters.count) parameters")
        }
        self.init(kind, parameters.first ?? 0, parameters.count > 1 ? parameters[1] : 0)
    }

    /// The attributes that `init` reads.
    public var attributes: [String: Attribute] {
        ["activation": .string(Array(kind.name.utf8)), "activation_parameters": .floats([first, second])]
    }
}

extension Activation.Kind {
    init?(named name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// For attributes and profiles.
    public var name: String {
        switch self {
        case .linear: "linear"
        case .clamp: "clamp"
        case .leakyRectifier: "leaky_relu"
        case .exponentialLinear: "elu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .swish: "swish"
        case .hardSwish: "hard_swish"
        case .hardSigmoid: "hard_sigmoid"
        case .gelu: "gelu"
        case .approximateGELU: "gelu_tanh"
        case .softplus: "softplus"
        }
    }
}
