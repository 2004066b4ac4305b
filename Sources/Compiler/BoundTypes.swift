import Graphs
import ServingCore
import Tensors

/// What the type attributes of a node's op stand for at that node: what the node says, what is the default, or else the type
/// of the first argument that has the attribute's type.
struct BoundTypes {
    private let node: Node
    private var bound: [String: DataType] = [:]

    /// A single argument that stands for a type attribute or for a known type.
    enum Argument {
        case attribute(String)
        case known(DataType)
        /// A reference to a variable or to another object: those who take it look themselves at what it is.
        case reference
    }

    init(_ node: Node) { self.node = node }

    /// `arguments` one by one, with as many of each list as the node's attributes say.
    ///
    /// - Parameter available: how many the node has; lists never become longer than that by much.
    mutating func expand(
        _ arguments: [OpSignature.Argument], _ signature: OpSignature, available: Int
    ) throws(Status) -> [Argument] {
        var result: [Argument] = []
        for argument in arguments {
            let single: Argument =
                argument.isReference
                ? .reference : argument.attribute.map { .attribute($0) } ?? .known(argument.fixed)
            switch argument.count {
            case .one: result.append(single)
            case .attribute(let name):
                let count = try self.count(name, signature) ?? max(0, available - arguments.count + 1)
                guard count >= 0, count <= available else { throw tooMany(name, count, available) }
                result += Array(repeating: single, count: count)
            case .types:
                let name = argument.attribute ?? ""
                let types = try self.types(name, signature, available - arguments.count + 1, available)
                result += types
            }
        }
        return result
    }

    /// The type that `argument` must have; `actual` binds an attribute that nothing has bound yet. Throws INVALID_ARGUMENT if
    /// the op does not allow it.
    mutating func type(
        _ argument: Argument, _ signature: OpSignature, actual: DataType
    ) throws(Status) -> DataType {
        guard case .attribute(let name) = argument else {
            if case .known(let type) = argument { return type }
            return actual
        }
        if let known = bound[name] { return known }
        let type = try declared(name, signature) ?? actual
        if let allowed = signature.limits[name]?.allowed, !allowed.contains(type) { throw notAllowed(name, type) }
        bound[name] = type
        return type
    }

    private func declared(_ name: String, _ signature: OpSignature) throws(Status) -> DataType? {
        guard node.attributes[name] == nil else { return try node.attributes.type(name) }
        return signature.limits[name]?.defaults?.first.flatMap { DataType(rawValue: Int32(truncatingIfNeeded: $0)) }
    }

    private func count(_ name: String, _ signature: OpSignature) throws(Status) -> Int? {
        guard node.attributes[name] == nil else { return try node.attributes.int(name) }
        return signature.limits[name]?.defaults?.first
    }

    private func types(
        _ name: String, _ signature: OpSignature, _ rest: Int, _ available: Int
    ) throws(Status) -> [Argument] {
        guard node.attributes[name] != nil else {
            // Whoever leaves the list out means what is there, unless the op has a default.
            guard let defaults = signature.limits[name]?.defaults else {
                return (0..<max(0, rest)).map { .attribute("\(name)[\($0)]") }
            }
            return defaults.compactMap { DataType(rawValue: Int32(truncatingIfNeeded: $0)) }.map { .known($0) }
        }
        let types = try node.attributes.types(name)
        guard types.count <= available else { throw tooMany(name, types.count, available) }
        if let allowed = signature.limits[name]?.allowed, let wrong = types.first(where: { !allowed.contains($0) }) {
            throw notAllowed(name, wrong)
        }
        return types.map { .known($0) }
    }

    private func tooMany(_ name: String, _ count: Int, _ available: Int) -> Status {
        .invalidArgument(
            "attribute '\(name)' of \(node.op) asks for \(count) tensors, but there are \(available); "
                + "NodeDef: \(node.errorLabel)")
    }

    private func notAllowed(_ name: String, _ type: DataType) -> Status {
        .invalidArgument(
            "Value for attr '\(name)' of \(type.name) is not in the list of allowed values; Op<name=\(node.op)>; "
                + "NodeDef: \(node.errorLabel)")
    }
}
