import CProtobufC
import CServingProtos
import ServingCore
import ServingProtos

/// Which output of a node an output argument's name means, as function bodies refer to outputs.
enum OpOutputs {
    private static let lines: [Substring: Substring] = {
        let text = table.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        var lines: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { lines[words[0]] = words[1] }
        }
        return lines
    }()

    /// The output that `argument:index` means at `node`, which is a call of an op, not of a function. An op with a single
    /// output argument need not be known: `index` then counts its outputs. Throws INVALID_ARGUMENT if there is no such output.
    static func slot(
        of argument: Substring, _ index: Int, at node: UnsafePointer<Tensorflow__NodeDef>
    ) throws(Status) -> Int {
        guard let line = lines[Substring(String(proto: node.pointee.op))] else { return index }
        var start = 0
        for word in line.split(separator: " ") {
            let name = word.prefix { $0 != "#" && $0 != "*" }
            let count = try outputs(of: word.dropFirst(name.count), at: node)
            if name == argument {
                guard index < count else { break }
                return start + index
            }
            start += count
        }
        throw .invalidArgument(
            "Node '\(String(proto: node.pointee.name))' (op '\(String(proto: node.pointee.op))') "
                + "has no output '\(argument):\(index)'")
    }

    /// The number of outputs that an output argument stands for: `#N` reads an integer, `*T` counts a list of types.
    private static func outputs(
        of suffix: Substring, at node: UnsafePointer<Tensorflow__NodeDef>
    ) throws(Status) -> Int {
        guard let kind = suffix.first else { return 1 }
        let parts = suffix.dropFirst().split(separator: "=")
        let name = parts.first.map(String.init) ?? ""
        let attribute = Repeated.messages(node.pointee.attr, node.pointee.n_attr)
            .first { String(proto: $0.pointee.key) == name }?.pointee.value
        guard let attribute else {
            if parts.count == 2, let count = Int(parts[1]) { return count }
            throw missing(name, node)
        }
        switch attribute.pointee.value_case {
        case TENSORFLOW__ATTR_VALUE__VALUE_I where kind == "#":
            // No node has more outputs than its message has bytes, give or take; this bound only keeps sums from overflowing.
            guard let count = Int32(exactly: attribute.pointee.i), count >= 0 else { throw missing(name, node) }
            return Int(count)
        case TENSORFLOW__ATTR_VALUE__VALUE_LIST where kind == "*": return attribute.pointee.list?.pointee.n_type ?? 0
        default: throw missing(name, node)
        }
    }

    private static func missing(_ attribute: String, _ node: UnsafePointer<Tensorflow__NodeDef>) -> Status {
        .invalidArgument(
            "Node '\(String(proto: node.pointee.name))' (op '\(String(proto: node.pointee.op))') "
                + "has no valid attribute '\(attribute)', which says how many outputs it has")
    }
}
