/// What a run was for, as profiles name it.
public struct RunLabel: Hashable, Sendable {
    /// The model's name; empty if nobody named it.
    public var model: String
    /// The version; 0 if there is none.
    public var version: Int64
    public var signature: String

    public init(model: String, version: Int64 = 0, signature: String = "") {
        self.model = model
        self.version = version
        self.signature = signature
    }
}

/// What the steps of a program are called; lives on after the program, which may hold much memory.
public final class StepNames: Sendable {
    public struct Name: Sendable, Hashable {
        /// TensorFlow's op name.
        public let op: String
        /// As `Program.Step.label`.
        public let label: String
    }

    public let names: [Name]

    init(_ steps: [Program.Step]) { names = steps.map { Name(op: $0.op, label: $0.label) } }
}
