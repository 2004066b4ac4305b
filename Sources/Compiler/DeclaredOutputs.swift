import Graphs
import ServingCore
import Tensors

/// What nodes tell of their outputs before anything is inferred.
struct DeclaredOutputs {
    let library: FunctionLibrary

    /// A node has no more outputs than this, whatever its attributes say.
    private static let maximumOutputs = 1 << 20

    /// The types of the outputs of `node`, nil where it does not tell; nil if not even their number is known.
    func types(of node: Node) -> [DataType?]? {
        guard let function = library[node.op] else { return DeclaredOutputs.typesOfOp(node) }
        let nodes = function.body.nodes
        // A result that comes from another function is not followed: functions may call each other any number of times.
        return function.results.map { result in
            let types = library[nodes[result.node].op] == nil ? DeclaredOutputs.typesOfOp(nodes[result.node]) : nil
            return types.flatMap { $0.indices.contains(result.slot) ? $0[result.slot] : nil }
        }
    }

    private static func typesOfOp(_ node: Node) -> [DataType?]? {
        if node.op == "_Arg" { return [DeclaredOutputs.type("T", of: node)] }
        guard let signature = OpSignatures[node.op] else { return nil }
        do throws(Status) {
            var types = BoundTypes(node)
            let outputs = try types.expand(
                signature.outputs, signature, available: DeclaredOutputs.maximumOutputs)
            return outputs.map { output in
                switch output {
                case .known(let type): type
                case .reference: DeclaredOutputs.type("dtype", of: node) ?? DeclaredOutputs.type("T", of: node)
                case .attribute(let name): DeclaredOutputs.type(name, of: node)
                }
            }
        } catch {
            return nil
        }
    }

    private static func type(_ attribute: String, of node: Node) -> DataType? {
        guard case .type(let type) = node.attributes[attribute] else { return nil }
        return type
    }
}
