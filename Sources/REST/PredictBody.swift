import JSON
import Models
import ServingCore
import Tensors

/// The JSON of a Predict call: `instances`, a list with an element for each row of the batch, or `inputs`, whole tensors.
struct PredictBody {
    /// In which form the answer is written, too.
    enum Form {
        case rows
        case columns
    }

    private let document: JSONDocument
    private let textBytes: Int
    /// Empty means the default.
    let signatureName: String

    private var root: JSONElement { document.root }

    /// Reads a body, behind which 64 bytes can be read, and looks at everything that does not depend on the model.
    ///
    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts.
    init(_ text: UnsafeRawBufferPointer) throws(Status) {
        document = try JSONDocument(request: text)
        textBytes = text.count
        signatureName = try document.signatureName
    }

    /// The inputs of `runner` that the body gives. Throws INVALID_ARGUMENT or UNIMPLEMENTED with TensorFlow Serving's texts.
    func inputs(of runner: SignatureRunner) throws(Status) -> (inputs: [(alias: String, value: Tensor)], form: Form) {
        defer { withExtendedLifetime(document) {} }
        let wanted = runner.inputs.sorted { $0.alias < $1.alias }
        guard !wanted.isEmpty else {
            let name = signatureName.isEmpty ? "DEFAULT" : signatureName
            throw .invalidArgument("Failed to get input map for signature: \(name)")
        }
        let (instances, inputs) = (root.first("instances"), root.first("inputs"))
        if let instances {
            guard inputs == nil else {
                throw fault(
                    "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ")
            }
            guard instances.isArray else { throw fault("Expecting 'instances' to be an list/array") }
            guard let first = instances.firstElement else { throw fault("No values in 'instances' array") }
            let rows = PredictRows(instances, first: first, wanted, textBytes: textBytes)
            return (try rows.read(), .rows)
        }
        guard let inputs else { throw .invalidArgument("Missing 'inputs' or 'instances' key") }
        return (try columns(inputs, wanted), .columns)
    }

    private func fault(_ text: String) -> Status { .invalidArgument("JSON Value: \(root.shownText) \(text)") }

    private func columns(
        _ value: JSONElement, _ wanted: [SignatureRunner.Input]
    ) throws(Status) -> [(alias: String, value: Tensor)] {
        guard value.isNamedObject(for: wanted) else {
            guard wanted.count == 1 else {
                throw .invalidArgument(
                    "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                        + "tensorinfo_map")
            }
            return [(wanted[0].alias, try column(value, wanted[0].port.dataType))]
        }
        return try wanted.map { (input) throws(Status) in
            guard let item = value.first(input.alias) else {
                throw .invalidArgument("Missing named input: \(input.alias) in 'inputs' object.")
            }
            return (input.alias, try column(item, input.port.dataType))
        }
    }

    private func column(_ value: JSONElement, _ dataType: DataType) throws(Status) -> Tensor {
        let reader = try JSONTensorReader(dataType, textBytes: textBytes)
        let sizes = JSONTensorReader.shape(of: value)
        guard JSONTensorReader.elementCount(sizes, in: value) != nil, sizes.count <= TensorShape.maximumRank else {
            try reader.check(value, sizes)
            _ = try reader.makeTensor(sizes)
            throw .internalError("a list of shape \(JSONTensorReader.text(sizes)) cannot be read")
        }
        let tensor = try reader.makeTensor(sizes)
        try reader.fill(
            value, sizes, UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount))
        return tensor
    }
}

extension JSONDocument {
    /// Reads the body of a request, behind which 64 bytes can be read.
    ///
    /// Throws INVALID_ARGUMENT, also if it is no object.
    convenience init(request text: UnsafeRawBufferPointer) throws(Status) {
        try self.init(lenient: text, isPadded: true)
        guard root.isObject else { throw .invalidArgument("JSON Value: \(root.shownText) Is not object") }
    }

    /// The signature that the request names; empty if it names none. Throws INVALID_ARGUMENT if it is no string.
    var signatureName: String {
        get throws(Status) {
            guard let value = root.first("signature_name") else { return "" }
            guard value.isString else {
                throw .invalidArgument(
                    "JSON Value: \(root.shownText) not formatted correctly. 'signature_name' key must be a string value."
                )
            }
            return value.text
        }
    }
}

extension JSONElement {
    /// Whether it is an object that holds values by the names of inputs, and no value itself.
    func isNamedObject(for wanted: [SignatureRunner.Input]) -> Bool {
        guard isObject, base64Text == nil else { return false }
        guard wanted.count == 1, wanted[0].port.dataType.isComplex else { return true }
        return complexNumber == nil || first(wanted[0].alias) != nil
    }
}
