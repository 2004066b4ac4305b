import CServingProtos
import ServingCore
import Testing

@testable import ServingProtos

@Test func wholeModelPrintsAsProtobufPrintsIt() throws {
    let text = String(decoding: Fixtures.bytes("saved_model.pbtxt"), as: UTF8.self).replacing("10000.0", with: "10000")
    let model = try Message<Tensorflow__SavedModel>(unpacking: Fixtures.bytes("saved_model.pb"), limits: .modelFile)
    let printed = model.read { TextFormat.print($0) }
    #expect(printed == text)
}

@Test func signaturePrintsAsProtobufPrintsIt() throws {
    let text = String(decoding: Fixtures.bytes("signature.txt"), as: UTF8.self)
    let signature = try TextFormat.parse(text, fileName: "", as: Tensorflow__SignatureDef.self)
    #expect(signature.read { TextFormat.print($0) } == text)
    let line = signature.read { TextFormat.print($0, onOneLine: true) }
    #expect(line == text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " "))
}

@Test func everyKindOfValueIsPrinted() throws {
    let text = """
        dtype: DT_FLOAT
        tensor_shape {
        }
        tensor_content: "a\\"\\'\\\\\\n\\000\\377"
        float_val: 0.1
        float_val: 1
        float_val: 1e+10
        float_val: -inf
        float_val: nan
        double_val: 0.10000000000000001
        double_val: 1e+300
        int_val: -5
        string_val: ""
        int64_val: -9223372036854775808
        bool_val: true
        bool_val: false
        uint64_val: 18446744073709551615

        """
    let tensor = try TextFormat.parse(text, fileName: "", as: Tensorflow__TensorProto.self)
    let expected = text.replacing("0.10000000000000001", with: "0.1")
    #expect(tensor.read { TextFormat.print($0) } == expected)
}

@Test func mapsPrintInTheOrderOfTheirKeys() throws {
    let text = "version_labels { key: 'b' value: 2 } version_labels { key: 'a' } model_type: 9 name: 'é'"
    let config = try TextFormat.parse(text, fileName: "", as: Tensorflow__Serving__ModelConfig.self)
    #expect(
        config.read { TextFormat.print($0, onOneLine: true) }
            == "name: \"é\" model_type: 9 version_labels { key: \"a\" value: 0 } version_labels { key: \"b\" value: 2 }"
    )
}
