import ServingCore
import Tensors

/// The type and the sizes of a value.
public struct ValueExtent: Sendable, Hashable {
    public let dataType: DataType
    public let shape: TensorShape

    public init(_ dataType: DataType, _ shape: TensorShape) {
        self.dataType = dataType
        self.shape = shape
    }

    init(_ tensor: Tensor) { self.init(tensor.dataType, tensor.shape) }

    /// Bytes of its elements, without what strings and the like hold elsewhere.
    public var byteCount: Double { Double(shape.elementCount) * Double(dataType.byteCount) }
}

/// How much one call of a kernel had before it.
public struct StepExtent: Sendable {
    public var name: StepNames.Name
    public var inputs: [ValueExtent]
    /// Without those that nobody reads.
    public var outputs: [ValueExtent]
    /// As the kernel says (`Kernel.operationCount`).
    public var operationCount: Double?
    /// Whether it ran the steps of other programs, which are told by themselves.
    public var ranOthers = false

    public init(
        name: StepNames.Name, inputs: [ValueExtent], outputs: [ValueExtent], operationCount: Double? = nil
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.operationCount = operationCount
    }
}

/// Is told of every step of recorded runs, with the sizes of its values. That takes longer than many a step, so times and
/// sizes are better recorded apart from each other.
public protocol StepObserver: AnyObject, Sendable {
    /// Called by the thread that runs, after the steps that this one has run.
    func stepDone(_ step: StepExtent)
}
