import CServingProtos
import HTTP
import ServingProtos
import TensorFiles
import Tensors
import Testing

@testable import REST

/// Predict calls without JSON.
@Suite struct OtherFormsTests {
    private let bench = RESTBench()
    private let target = "/v1/models/half_plus_two:predict"

    private func send(_ body: [UInt8], _ headers: [(String, String)]) -> RESTBench.Answer {
        bench.send("POST", target, body, headers)
    }

    @Test func numpyFiles() throws {
        let body = try NumpyFile.bytes(of: Tensor([1, 2, 5] as [Float]))
        let answer = send(body, [("Content-Type", "application/x-npy")])
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/x-npy")
        let tensor = try answer.bytes.withUnsafeBytes { try NumpyFile.tensor($0) }
        #expect(tensor.array(Float.self) == [2.5, 3, 4.5])
        let json = send(body, [("Content-Type", "application/x-npy"), ("Accept", "application/json")])
        #expect(json.text == "{\n    \"outputs\": [2.5, 3.0, 4.5]\n}")
        let named = send(
            Array("{\"instances\": [1]}".utf8),
            [("Accept", "text/html, application/x-npy;q=0.9"), ("x-model-server-output", "y")])
        #expect(try named.bytes.withUnsafeBytes { try NumpyFile.tensor($0) }.array(Float.self) == [2.5])
        #expect(
            send([1, 2], [("Content-Type", "application/x-npy")]).error?.hasPrefix("The body is no .npy file") == true)
        let doubles = try NumpyFile.bytes(of: Tensor([1] as [Double]))
        #expect(
            send(doubles, [("Content-Type", "application/x-npy")]).error
                == "Expects arg[0] to be float but double is provided")
    }

    @Test func rawElements() {
        let body = ([1, 2, 5] as [Float]).flatMap { value in withUnsafeBytes(of: value.bitPattern) { Array($0) } }
        let answer = send(body, [("Content-Type", "application/octet-stream"), ("x-model-server-shape", "3")])
        #expect(answer.status == 200 && answer.bytes.count == 12)
        #expect(answer.headers["x-model-server-dtype"] == "float" && answer.headers["x-model-server-shape"] == "3")
        let expected = ([2.5, 3, 4.5] as [Float]).flatMap { value in withUnsafeBytes(of: value.bitPattern) { Array($0) }
        }
        #expect(answer.bytes == expected)
    }

    @Test(arguments: [
        ([("x-model-server-shape", "4")], "A tensor of float and shape [4] has 16 bytes, but the body has 4"),
        ([("x-model-server-shape", "-1")], "x-model-server-shape must be sizes such as 1,224,224,3; was '-1'"),
        (
            [("x-model-server-shape", "9223372036854775807,9")],
            "[9223372036854775807, 9] is no shape of a tensor"
        ),
        (
            [("x-model-server-dtype", "string")],
            "x-model-server-dtype must be a type of numbers such as float or int32; was 'string'"
        ),
        (
            [("x-model-server-input", "z"), ("x-model-server-shape", "1")],
            "x-model-server-input must be one of {x}; was 'z'"
        ),
        (
            [("x-model-server-output", "z"), ("x-model-server-shape", "1")],
            "x-model-server-output must be one of {y}; was 'z'"
        ),
        (
            [("x-model-server-signature", "z"), ("x-model-server-shape", "1")],
            "Serving signature name: \"z\" not found in signature def"
        ),
    ]) func refusedFields(_ fields: [(String, String)], _ message: String) {
        let answer = send([0, 0, 0, 0], [("Content-Type", "application/octet-stream")] + fields)
        #expect(answer.status == 400 && answer.error == message)
    }

    /// A `PredictRequest` with the input `x`.
    private func message(spec: [UInt8]?) throws -> [UInt8] {
        var entry = WireWriter()
        entry.append(field: 1, string: "x")
        entry.append(field: 2, message: try Tensor([1, 2, 5] as [Float]).encoded())
        var request = WireWriter()
        if let spec { request.append(field: 1, message: spec) }
        request.append(field: 2, message: entry.bytes)
        return request.bytes
    }

    @Test func messages() throws {
        var other = WireWriter()
        other.append(field: 1, string: "somebody_else")
        other.append(field: 3, string: "serving_default")
        for spec in [nil, [], other.bytes] {
            let answer = send(try message(spec: spec), [("Content-Type", "application/x-protobuf")])
            #expect(answer.status == 200 && answer.headers["content-type"] == "application/x-protobuf")
            let response: Message<Tensorflow__Serving__PredictResponse> = try Message(unpacking: answer.bytes)
            try response.read { response in
                #expect(response.pointee.n_outputs == 1)
                let spec = try #require(response.pointee.model_spec)
                #expect(String(proto: spec.pointee.name) == "half_plus_two" && spec.pointee.version.pointee.value == 1)
            }
        }
        #expect(send([0x0a, 0xff], [("Content-Type", "application/x-protobuf")]).status == 400)
        #expect(send([], [("Content-Type", "application/x-protobuf")]).status == 400)
    }
}
