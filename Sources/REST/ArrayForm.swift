import HTTP
import Models
import ServingCore
import TensorFiles
import Tensors

/// How one tensor is sent without JSON.
enum ArrayForm {
    /// A NumPy file.
    case numpy
    /// The elements by rows, little-endian; type and shape stand in the header.
    case raw

    /// Nil for other types of content.
    init?(contentType: String) {
        switch contentType {
        case ContentType.numpy: self = .numpy
        case ContentType.raw: self = .raw
        default: return nil
        }
    }

    /// The type of the elements, by TensorFlow's name or by NumPy's.
    static let typeField = "x-model-server-dtype"
    /// The sizes of the dimensions, such as `1,224,224,3`.
    static let shapeField = "x-model-server-shape"
    static let signatureField = "x-model-server-signature"
    static let inputField = "x-model-server-input"
    static let outputField = "x-model-server-output"

    private static let numpyNames: [String: DataType] = [
        "float32": .float, "float64": .double, "float16": .half, "bool_": .bool,
    ]

    /// The type called `name`. Throws INVALID_ARGUMENT if there is none, or none that has raw bytes.
    static func dataType(_ name: String) throws(Status) -> DataType {
        let type = DataType.allCases.first { $0.name == name } ?? numpyNames[name]
        guard let type, !type.isReference, type != .invalid else {
            throw .invalidArgument(
                "\(typeField) must be a type of numbers such as float or int32; was '\(name.prefix(64))'")
        }
        return type
    }
}

/// One tensor in the body of a request.
struct ArrayInput {
    let form: ArrayForm
    /// Empty means the default.
    let signatureName: String
    /// The input's name; nil: the only one.
    private let alias: String?
    private let dataType: DataType?
    private let sizes: [Int]?

    /// Throws INVALID_ARGUMENT for fields that make no sense.
    init(_ form: ArrayForm, _ headers: HTTPHeaders) throws(Status) {
        self.form = form
        signatureName = headers[ArrayForm.signatureField] ?? ""
        alias = headers[ArrayForm.inputField]
        dataType = try headers[ArrayForm.typeField].map { (name) throws(Status) in try ArrayForm.dataType(name) }
        sizes = try headers[ArrayForm.shapeField].map { (text) throws(Status) in
            try text.filter { $0 != " " }.split(separator: ",").map { (size) throws(Status) in
                guard let number = Int(size), number >= 0 else {
                    throw .invalidArgument(
                        "\(ArrayForm.shapeField) must be sizes such as 1,224,224,3; was '\(text.prefix(64))'")
                }
                return number
            }
        }
    }

    /// The input that `body` holds. Throws INVALID_ARGUMENT if it does not hold one, or if it is not clear which.
    func input(
        _ body: UnsafeRawBufferPointer, of runner: SignatureRunner
    ) throws(Status) -> (alias: String, value: Tensor) {
        let port = try port(of: runner)
        switch form {
        case .numpy:
            do throws(Status) {
                return (port.alias, try NumpyFile.tensor(body))
            } catch {
                throw error.prefixed("The body ")
            }
        case .raw: return (port.alias, try rawTensor(body, port.port.dataType, port.port.shape.dimensions))
        }
    }

    private func port(of runner: SignatureRunner) throws(Status) -> SignatureRunner.Input {
        let names = runner.inputs.map(\.alias).sorted().joined(separator: ",")
        if let alias {
            guard let input = runner.inputs.first(where: { $0.alias == alias }) else {
                throw .invalidArgument("\(ArrayForm.inputField) must be one of {\(names)}; was '\(alias.prefix(64))'")
            }
            return input
        }
        guard let first = runner.inputs.first, runner.inputs.count == 1 else {
            throw .invalidArgument(
                "The signature has the inputs {\(names)}, but the body holds one: \(ArrayForm.inputField) must name it")
        }
        return first
    }

    /// - Parameter known: the sizes that the signature tells; below zero where any fits.
    private func rawTensor(
        _ body: UnsafeRawBufferPointer, _ standardType: DataType, _ known: [Int]?
    ) throws(Status) -> Tensor {
        let dataType = self.dataType ?? standardType
        guard !dataType.isReference, dataType != .invalid else {
            throw .invalidArgument("Elements of type \(dataType.name) cannot be sent as raw bytes")
        }
        let sizes: [Int]
        if let told = self.sizes { sizes = told } else { sizes = try ArrayInput.sizes(known, body.count, dataType) }
        guard let shape = TensorShape(validating: sizes) else {
            throw .invalidArgument("\(sizes) is no shape of a tensor")
        }
        let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        guard !overflow, bytes == body.count else {
            throw .invalidArgument(
                "A tensor of \(dataType.name) and shape \(shape) has \(overflow ? "more" : String(bytes)) bytes, but the body "
                    + "has \(body.count)")
        }
        guard let tensor = Tensor(allocating: dataType, shape: shape) else {
            throw .resourceExhausted("no memory is left for a tensor of shape \(shape)")
        }
        UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: bytes).copyMemory(from: body)
        if dataType == .bool {
            // Anything but zero is true.
            for (index, byte) in body.enumerated() { tensor.pointer(UInt8.self)[index] = byte == 0 ? 0 : 1 }
        }
        return tensor
    }

    /// The sizes of the signature, of which one may be unknown.
    private static func sizes(_ known: [Int]?, _ byteCount: Int, _ dataType: DataType) throws(Status) -> [Int] {
        guard var sizes = known, sizes.count(where: { $0 < 0 }) <= 1 else {
            throw .invalidArgument(
                "The signature does not tell the shape: \(ArrayForm.shapeField) must, for example 1,224,224,3")
        }
        guard let unknown = sizes.firstIndex(where: { $0 < 0 }) else { return sizes }
        sizes[unknown] = 1
        guard let row = TensorShape(validating: sizes)?.elementCount, row > 0 else { return sizes }
        sizes[unknown] = byteCount / (row * dataType.byteCount)
        return sizes
    }
}

/// One tensor in the body of an answer.
struct ArrayOutput {
    private let form: ArrayForm
    /// The output's name; nil: the only one.
    private let alias: String?

    init(_ form: ArrayForm, _ headers: HTTPHeaders) {
        self.form = form
        alias = headers[ArrayForm.outputField]
    }

    /// Throws INVALID_ARGUMENT if it is not clear which of `outputs` is wanted, or if it can't be written in this form.
    func response(_ outputs: [(alias: String, value: Tensor)]) throws(Status) -> HTTPResponse {
        let tensor = try chosen(outputs)
        switch form {
        case .numpy:
            do throws(Status) {
                return HTTPResponse(contentType: ContentType.numpy, body: HTTPBody(try NumpyFile.bytes(of: tensor)))
            } catch {
                throw .invalidArgument("The output cannot be sent: \(error.message)")
            }
        case .raw:
            guard !tensor.dataType.isReference else {
                throw .invalidArgument("Elements of type \(tensor.dataType.name) cannot be sent as raw bytes")
            }
            var response = HTTPResponse(
                contentType: ContentType.raw, body: HTTPBody(tensor.bytes, owner: TensorOwner(tensor)))
            response.headers.append((name: ArrayForm.typeField, value: tensor.dataType.name))
            let sizes = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            response.headers.append((name: ArrayForm.shapeField, value: sizes))
            return response
        }
    }

    private func chosen(_ outputs: [(alias: String, value: Tensor)]) throws(Status) -> Tensor {
        let names = outputs.map(\.alias).joined(separator: ",")
        if let alias {
            guard let output = outputs.first(where: { $0.alias == alias }) else {
                throw .invalidArgument("\(ArrayForm.outputField) must be one of {\(names)}; was '\(alias.prefix(64))'")
            }
            return output.value
        }
        guard let first = outputs.first, outputs.count == 1 else {
            throw .invalidArgument(
                "The signature has the outputs {\(names)}, but the answer holds one: \(ArrayForm.outputField) must name it"
            )
        }
        return first.value
    }
}

/// Keeps a tensor.
private final class TensorOwner: Sendable {
    private let tensor: Tensor

    init(_ tensor: Tensor) { self.tensor = tensor }
}
