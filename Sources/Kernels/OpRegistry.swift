/// All ops that a model may use, by TensorFlow's name. Immutable; made once from the families' lists.
public struct OpRegistry: Sendable {
    private let definitions: [String: OpDefinition]

    public init(_ families: [[OpDefinition]]) {
        var definitions: [String: OpDefinition] = [:]
        for definition in families.joined() {
            precondition(definitions[definition.name] == nil, "op \(definition.name) is defined twice")
            definitions[definition.name] = definition
        }
        self.definitions = definitions
    }

    public subscript(op: String) -> OpDefinition? { definitions[op] }

    /// These ops and those of `families`, which must be new.
    func adding(_ families: [[OpDefinition]]) -> OpRegistry { OpRegistry([Array(definitions.values)] + families) }

    /// The names of all ops, sorted.
    public var names: [String] { definitions.keys.sorted() }
}
