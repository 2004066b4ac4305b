import Graphs

extension FunctionLibrary {
    /// The names of the functions that `node` may call: its own op's, and those that its attributes name.
    func functionsCalled(by node: Node) -> [String] {
        var names = self[node.op] == nil ? [] : [node.op]
        for attribute in node.attributes.values.values {
            switch attribute {
            case .function(let reference): names.append(reference.name)
            case .functions(let references): names += references.map(\.name)
            default: continue
            }
        }
        return names
    }
}
