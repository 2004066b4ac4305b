import Glibc
import Graphs
import Kernels
import ServingCore

/// Finds all ops that the server does not have, so that one message can name them all.
public struct UnsupportedOps: Sendable {
    private var nodes: [String: [String]] = [:]

    /// At most so many nodes are named for an op.
    private static let namedNodes = 3

    init() {}

    mutating func collect(_ graph: Graph, _ registry: OpRegistry) {
        for node in graph.nodes where node.op != "_Arg" && registry[node.op] == nil {
            nodes[node.op, default: []].append(node.name)
        }
    }

    /// Throws NOT_FOUND with TensorFlow's words for an unknown op, and behind them every op with the nodes that use it.
    func check() throws(Status) {
        guard !nodes.isEmpty else { return }
        throw UnsupportedOps.error(nodes.sorted { $0.key < $1.key }.map { ($0.key, Array(Set($0.value)).sorted()) })
    }

    static func error(_ ops: [(op: String, nodes: [String])]) -> Status {
        let uses = ops.map { entry in
            let named = entry.nodes.prefix(namedNodes).joined(separator: ", ")
            let more = entry.nodes.count > namedNodes ? " and \(entry.nodes.count - namedNodes) more" : ""
            return "\(entry.op) (\(entry.nodes.count == 1 ? "node" : "nodes") \(named)\(more))"
        }
        return .notFound(
            "Op type not registered '\(ops[0].op)' in binary running on \(hostName()). Make sure the Op and Kernel are "
                + "registered in the binary running in this process. Ops of this model that are not supported: "
                + uses.joined(separator: ", "))
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
