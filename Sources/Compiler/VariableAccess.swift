import Execution

/// What a part of the graph does with variables.
public struct VariableAccess: Sendable {
    /// A variable, and the name of the graph's node that stands for it.
    public struct Use: Sendable {
        public let node: String
        public let variable: Variable

        public init(node: String, variable: Variable) {
            self.node = node
            self.variable = variable
        }
    }

    /// The variables whose values may be looked at.
    public let read: [Use]
    /// The variables that may be changed, by identity.
    public let written: Set<ObjectIdentifier>
    /// Whether variables may be changed that could not be told.
    public var mayWriteOthers = false
}
