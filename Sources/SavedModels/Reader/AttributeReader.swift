import CProtobufC
import CServingProtos
import Graphs
import ServingCore
import ServingProtos
import Tensors

/// Turns the attributes of a model's nodes into those of the graph language, and keeps account of what that costs.
///
/// Attributes whose name begins with an underscore are dropped: they are hints for TensorFlow's placement, its XLA bridge and
/// its shape caches. Reference types become plain types; which ops work on references, their names say. Lists of tensors,
/// which no op for inference has, are dropped too.
struct AttributeReader {
    /// Bytes of constants that may still be made. A few bytes of a file can ask for any number of them.
    private(set) var constantBytes: Int
    /// The functions that were named so far, each once, in that order.
    private(set) var functions: [String] = []
    private var known: Set<String> = []
    private let arena: MessageArena

    /// Constants of at least this size stay in the message's memory; smaller ones are copied, so that they don't keep the
    /// whole message alive.
    private static let shownInPlace = 1 << 20

    init(arena: MessageArena, constantBytes: Int) {
        self.arena = arena
        self.constantBytes = constantBytes
    }

    /// Notes that the function `name` is used.
    mutating func use(_ name: String) {
        if known.insert(name).inserted { functions.append(name) }
    }

    /// The attributes of `node`, by name. Throws what TensorFlow says of a bad constant, with the node's name.
    mutating func attributes(of node: UnsafePointer<Tensorflow__NodeDef>) throws(Status) -> Attributes {
        var result = Attributes()
        for entry in Repeated.messages(node.pointee.attr, node.pointee.n_attr) {
            let name = String(proto: entry.pointee.key)
            guard !name.hasPrefix("_"), let value = entry.pointee.value else { continue }
            if name == "value", value.pointee.value_case == TENSORFLOW__ATTR_VALUE__VALUE_TENSOR {
                try checkShape(value.pointee.tensor?.pointee.tensor_shape, of: node)
            }
            do throws(Status) {
                result[name] = try attribute(UnsafePointer(value))
            } catch {
                throw error.prefixed("Node '\(String(proto: node.pointee.name))': attribute '\(name)': ")
            }
        }
        if result["value"] == nil, String(proto: node.pointee.op) == "Const" {
            throw .failedPrecondition(
                "Saved model contains node \"\(String(proto: node.pointee.name))\" (op \"Const\") "
                    + "which is a constant tensor but no value has been provided")
        }
        return result
    }

    private func checkShape(
        _ shape: UnsafeMutablePointer<Tensorflow__TensorShapeProto>?, of node: UnsafePointer<Tensorflow__NodeDef>
    ) throws(Status) {
        let sizes = shape.map { Repeated.messages($0.pointee.dim, $0.pointee.n_dim).map(\.pointee.size) } ?? []
        guard shape?.pointee.unknown_rank ?? 0 == 0, sizes.allSatisfy({ $0 >= 0 }) else {
            throw .failedPrecondition(
                "Saved model contains node \"\(String(proto: node.pointee.name))\" "
                    + "(op \"\(String(proto: node.pointee.op))\") which initializes from a tensor with -1 elements")
        }
    }

    /// The attributes of a function, or of a reference to one.
    mutating func attributes(
        _ entries: [(name: String, value: UnsafePointer<Tensorflow__AttrValue>?)]
    ) throws(Status) -> [String: Attribute] {
        var result: [String: Attribute] = [:]
        for (name, value) in entries where !name.hasPrefix("_") {
            if let value { result[name] = try attribute(value) }
        }
        return result
    }

    /// A tensor that stands in the file. Throws INVALID_ARGUMENT if it is malformed, RESOURCE_EXHAUSTED if the model's
    /// constants take too much memory.
    mutating func tensor(_ proto: UnsafePointer<Tensorflow__TensorProto>) throws(Status) -> Tensor {
        let owner = proto.pointee.tensor_content.len >= AttributeReader.shownInPlace ? arena : nil
        let tensor = try Tensor(decoding: proto, byteLimit: constantBytes, owner: owner)
        constantBytes -= tensor.byteCount
        return tensor
    }

    private mutating func attribute(_ value: UnsafePointer<Tensorflow__AttrValue>) throws(Status) -> Attribute? {
        let proto = value.pointee
        switch proto.value_case {
        case TENSORFLOW__ATTR_VALUE__VALUE_S: return .string(proto.s.array)
        case TENSORFLOW__ATTR_VALUE__VALUE_I: return .int(Int(proto.i))
        case TENSORFLOW__ATTR_VALUE__VALUE_F: return .float(proto.f)
        case TENSORFLOW__ATTR_VALUE__VALUE_B: return .bool(proto.b != 0)
        case TENSORFLOW__ATTR_VALUE__VALUE_TYPE: return .type(AttributeReader.type(proto.type))
        case TENSORFLOW__ATTR_VALUE__VALUE_SHAPE:
            return .shape(PartialShape(proto: proto.shape.map { UnsafePointer($0) }))
        case TENSORFLOW__ATTR_VALUE__VALUE_TENSOR:
            return try proto.tensor.map { (tensor) throws(Status) in .tensor(try self.tensor(UnsafePointer(tensor))) }
        case TENSORFLOW__ATTR_VALUE__VALUE_LIST:
            return try proto.list.map { (list) throws(Status) in try self.list(list.pointee) } ?? nil
        case TENSORFLOW__ATTR_VALUE__VALUE_FUNC:
            return try proto.func.map { (function) throws(Status) in
                .function(try self.function(UnsafePointer(function)))
            }
        case TENSORFLOW__ATTR_VALUE__VALUE_PLACEHOLDER: return .placeholder(String(proto: proto.placeholder))
        default: return nil
        }
    }

    private mutating func list(_ list: Tensorflow__AttrValue__ListValue) throws(Status) -> Attribute? {
        if list.n_s > 0 { return .strings(Repeated.values(list.s, list.n_s).map(\.array)) }
        if list.n_i > 0 { return .ints(Repeated.values(list.i, list.n_i).map { Int($0) }) }
        if list.n_f > 0 { return .floats(Array(Repeated.values(list.f, list.n_f))) }
        if list.n_b > 0 { return .bools(Repeated.values(list.b, list.n_b).map { $0 != 0 }) }
        if list.n_type > 0 { return .types(Repeated.values(list.type, list.n_type).map(AttributeReader.type)) }
        if list.n_shape > 0 {
            return .shapes(Repeated.messages(list.shape, list.n_shape).map { PartialShape(proto: $0) })
        }
        if list.n_tensor > 0 { return nil }
        guard list.n_func > 0 else { return .emptyList }
        var functions: [FunctionReference] = []
        for proto in Repeated.messages(list.func, list.n_func) { functions.append(try function(proto)) }
        return .functions(functions)
    }

    private mutating func function(_ proto: UnsafePointer<Tensorflow__NameAttrList>) throws(Status) -> FunctionReference
    {
        let name = String(proto: proto.pointee.name)
        use(name)
        let entries = Repeated.messages(proto.pointee.attr, proto.pointee.n_attr)
        return FunctionReference(
            name: name,
            attributes: try attributes(
                entries.map { (String(proto: $0.pointee.key), $0.pointee.value.map { UnsafePointer($0) }) }))
    }

    /// The plain type; `invalid` for one that the engine does not have, so that the op that needs it can refuse it.
    static func type(_ proto: Tensorflow__DataType) -> DataType { (try? DataType(dereferencing: proto)) ?? .invalid }
}
