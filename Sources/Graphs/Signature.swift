import Tensors

/// A named entry point of a model: which tensors of the graph a request feeds and fetches.
public struct Signature: Sendable {
    /// One named input or output.
    public struct Port: Sendable {
        /// The tensor's name in the graph, for example `serving_default_x:0`.
        public var tensorName: String
        public var dataType: DataType
        public var shape: PartialShape

        public init(tensorName: String, dataType: DataType, shape: PartialShape) {
            self.tensorName = tensorName
            self.dataType = dataType
            self.shape = shape
        }
    }

    public var name: String
    public var methodName: String
    /// By alias, the name that clients use.
    public var inputs: [String: Port]
    public var outputs: [String: Port]
    /// Values for inputs that a request leaves out, by alias.
    public var defaults: [String: Tensor]

    public init(
        name: String, methodName: String, inputs: [String: Port], outputs: [String: Port],
        defaults: [String: Tensor] = [:]
    ) {
        self.name = name
        self.methodName = methodName
        self.inputs = inputs
        self.outputs = outputs
        self.defaults = defaults
    }
}
