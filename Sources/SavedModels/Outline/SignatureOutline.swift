import CProtobufC
import CServingProtos
import ServingCore
import ServingProtos
import Tensors

/// A signature as it stands in the file.
public struct SignatureOutline: Sendable {
    public var name: String
    public var methodName: String
    /// Sorted by alias.
    public var inputs: [PortOutline]
    public var outputs: [PortOutline]

    public init(name: String, _ proto: Tensorflow__SignatureDef) {
        self.name = name
        methodName = String(proto: proto.method_name)
        inputs = Repeated.messages(proto.inputs, proto.n_inputs).map {
            PortOutline(alias: String(proto: $0.pointee.key), $0.pointee.value?.pointee)
        }
        outputs = Repeated.messages(proto.outputs, proto.n_outputs).map {
            PortOutline(alias: String(proto: $0.pointee.key), $0.pointee.value?.pointee)
        }
        for entry in Repeated.messages(proto.defaults, proto.n_defaults) {
            let alias = String(proto: entry.pointee.key)
            guard let value = entry.pointee.value, let index = inputs.firstIndex(where: { $0.alias == alias }) else {
                continue
            }
            inputs[index].hasDefault = true
            // A value that can't be read is still a default.
            inputs[index].defaultValue = try? Tensor(decoding: UnsafePointer(value), byteLimit: 1 << 20, owner: nil)
        }
        inputs.sort { $0.alias < $1.alias }
        outputs.sort { $0.alias < $1.alias }
    }
}

/// An input or output of a signature as it stands in the file.
public struct PortOutline: Sendable {
    /// What the alias stands for.
    public enum Kind: String, Sendable {
        case tensor
        /// A sparse tensor, whose `parts` are its values, indices and dense shape.
        case sparse
        /// Something that is made of several tensors, its `parts`.
        case composite
    }

    public var alias: String
    public var kind = Kind.tensor
    /// Empty unless the kind is `tensor`.
    public var tensorName = ""
    /// The names of the tensors that a sparse or composite one is made of.
    public var parts: [String] = []
    /// As `DT_FLOAT`; also types that this server does not have.
    public var dataType = "DT_INVALID"
    public var shape = PartialShape.unknown
    public var hasDefault = false
    /// Nil if there is none, or if it can't be read here.
    public var defaultValue: Tensor?

    init(alias: String, _ info: Tensorflow__TensorInfo?) {
        self.alias = alias
        guard let info else { return }
        dataType = DataType.protoName(Int32(bitPattern: info.dtype.rawValue))
        shape = PartialShape(proto: info.tensor_shape.map { UnsafePointer($0) })
        switch info.encoding_case {
        case TENSORFLOW__TENSOR_INFO__ENCODING_COO_SPARSE:
            kind = .sparse
            if let sparse = info.coo_sparse?.pointee {
                parts = [sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name].map {
                    String(proto: $0)
                }
            }
        case TENSORFLOW__TENSOR_INFO__ENCODING_COMPOSITE_TENSOR:
            kind = .composite
            if let composite = info.composite_tensor?.pointee {
                parts = Repeated.messages(composite.components, composite.n_components).map {
                    PortOutline(alias: "", $0.pointee).tensorName
                }
            }
        default:
            tensorName = info.encoding_case == TENSORFLOW__TENSOR_INFO__ENCODING_NAME ? String(proto: info.name) : ""
        }
    }
}
