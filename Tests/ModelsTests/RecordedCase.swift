import ServingCore
import Tensors
import TestSupport
import Testing

@testable import Models

/// Inputs of a signature, and what TensorFlow answers to them.
struct RecordedCase: Sendable, CustomTestStringConvertible {
    let folder: String
    let signature: String
    private(set) var inputs: [String: Tensor] = [:]
    private(set) var outputs: [String: Tensor] = [:]
    /// What TensorFlow says if it refuses the inputs, without the name of the node.
    private(set) var failure: Status?

    var testDescription: String { "\(folder) \(signature)" }

    /// Everything in Tests/Fixtures/Models/answers.txt.
    static let all = read("answers.txt")
    /// Everything in Tests/Fixtures/Models/control_flow.txt.
    static let controlFlow = read("control_flow.txt").filter { $0.folder != listFolder }
    /// The cases of that file that are signatures of one model.
    static let lists = read("control_flow.txt").filter { $0.folder == listFolder }

    private static let listFolder = "Tests/Fixtures/Models/control_flow/lists_v1"

    /// Recurrent layers of several generations.
    static let recurrent = read("recurrent.txt")

    /// A model of each kind that users bring.
    static let kinds = read("kinds.txt")
    /// What TensorFlow Lite's reference kernels answer for TFLite files.
    static let tflite = read("../TFLite/answers.txt")

    private static func read(_ name: String) -> [RecordedCase] {
        var cases: [RecordedCase] = []
        for row in Repository.rows("Tests/Fixtures/Models/\(name)") {
            let head = row[0].dropFirst(2)
            switch row[0].first {
            case "=": cases.append(RecordedCase(folder: String(head), signature: row[1]))
            case "!":
                let text = String(decoding: Repository.bytes(hexadecimal: row[1]), as: UTF8.self)
                cases[cases.count - 1].failure = Status(StatusCode(rawValue: Int32(head)!)!, text)
            case "<": cases[cases.count - 1].inputs[String(head)] = tensor(row)
            default: cases[cases.count - 1].outputs[String(head)] = tensor(row)
            }
        }
        return cases
    }

    private static func tensor(_ row: [String]) -> Tensor {
        let type = DataType.allCases.first { $0.protoName == row[1] }!
        let shape = TensorShape(row[2].split(separator: ",").map { Int($0)! })
        if type == .string {
            let elements = row[3].split(separator: ",", omittingEmptySubsequences: false)
            return Tensor(strings: elements.map { Repository.bytes(hexadecimal: $0) }, shape: shape)
        }
        let tensor = Tensor(allocating: type, shape: shape)!
        UnsafeMutableRawBufferPointer(start: tensor.buffer.base, count: tensor.byteCount)
            .copyBytes(from: Repository.bytes(hexadecimal: row[3]))
        return tensor
    }
}
