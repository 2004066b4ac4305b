import CServingProtos
import ServingCore
import Testing

@testable import ServingProtos

private typealias Config = Tensorflow__Serving__ModelServerConfig
private typealias Batching = Tensorflow__Serving__BatchingParameters

private func fault<Proto: ProtoMessage>(_ type: Proto.Type, _ text: String, limits: TextFormat.Limits = .init())
    -> Status
{
    do throws(Status) {
        _ = try TextFormat.parse(text, fileName: "f.txt", as: type, limits: limits)
        return .ok
    } catch {
        return error
    }
}

/// The packed form of `text` as a message whose type is known by name only.
private func packed(_ name: String, _ text: [UInt8]) throws(Status) -> [UInt8] {
    func parse<Proto: ProtoMessage>(_ type: Proto.Type) throws(Status) -> [UInt8] {
        try TextFormat.parse(String(decoding: text, as: UTF8.self), fileName: "", as: type).packed()
    }
    switch name {
    case "tensorflow.serving.ModelServerConfig": return try parse(Config.self)
    case "tensorflow.serving.PredictRequest": return try parse(Tensorflow__Serving__PredictRequest.self)
    case "tensorflow.TensorProto": return try parse(Tensorflow__TensorProto.self)
    case "tensorflow.GraphDef": return try parse(Tensorflow__GraphDef.self)
    case "tensorflow.ConfigProto": return try parse(Tensorflow__ConfigProto.self)
    default: fatalError("unexpected type \(name)")
    }
}

@Test func textsMeanWhatProtobufSays() throws {
    let rows = Fixtures.rows("text.txt")
    #expect(rows.count > 5)
    for row in rows {
        let text = Fixtures.bytes(hex: row[1])
        #expect(try packed(row[0], text) == Fixtures.bytes(hex: row[2]), "\(String(decoding: text, as: UTF8.self))")
    }
}

@Test func wholeModelAsTextEqualsItsBinaryForm() throws {
    let text = String(decoding: Fixtures.bytes("saved_model.pbtxt"), as: UTF8.self)
    let model = try TextFormat.parse(text, fileName: "saved_model.pbtxt", as: Tensorflow__SavedModel.self)
    #expect(model.packed() == Fixtures.bytes("saved_model.pb"))
}

@Test func batchingParametersAreRead() throws {
    let text = """
        # As in the documentation.
        max_batch_size { value: 128 }
        batch_timeout_micros: { value: 0 },
        max_enqueued_batches < value: 1000 >;
        num_batch_threads { value: 8 }
        allowed_batch_sizes: [8, 16] allowed_batch_sizes: 128
        pad_variable_length_inputs: true
        """
    let message = try TextFormat.parse(text, fileName: "batching_parameters.txt", as: Batching.self)
    message.read {
        #expect($0.pointee.max_batch_size.pointee.value == 128)
        #expect($0.pointee.batch_timeout_micros.pointee.value == 0)
        #expect($0.pointee.max_enqueued_batches.pointee.value == 1000)
        #expect($0.pointee.thread_pool_name == nil)
        #expect(
            Array(Repeated.values($0.pointee.allowed_batch_sizes, $0.pointee.n_allowed_batch_sizes)) == [8, 16, 128])
        #expect($0.pointee.pad_variable_length_inputs == 1)
    }
}

@Test func emptyTextIsAnEmptyMessage() throws {
    for text in ["", "  \n\t", "# only a comment", "\u{feff}"] {
        #expect(try TextFormat.parse(text, fileName: "", as: Config.self).packed() == [])
    }
}

@Test func manyRepeatedValuesKeepTheirOrder() throws {
    let text = (0..<1000).map { "allowed_batch_sizes: \($0)" }.joined(separator: "\n")
    let message = try TextFormat.parse(text, fileName: "", as: Batching.self)
    let sizes = message.read {
        Array(Repeated.values($0.pointee.allowed_batch_sizes, $0.pointee.n_allowed_batch_sizes))
    }
    #expect(sizes == Array(0..<1000))
}

@Test func anyIsPackedAndItsTypeKept() throws {
    let text = "custom_model_config { [type.googleapis.com/tensorflow.serving.ModelConfig]: { name: 'n' } }"
    let message = try TextFormat.parse(text, fileName: "", as: Config.self)
    try message.read { (config) throws(Status) in
        let any = config.pointee.custom_model_config.pointee
        #expect(String(proto: any.type_url) == "type.googleapis.com/tensorflow.serving.ModelConfig")
        let inner = try Message<Tensorflow__Serving__ModelConfig>(unpacking: any.value.array)
        #expect(inner.read { String(proto: $0.pointee.name) } == "n")
    }
}

@Test func mistakesAreNamedWithLineAndColumn() {
    let start = "f.txt: Error parsing text-format tensorflow.serving.ModelServerConfig: "
    let list = "model_config_list {\n  config {\n    "
    let cases: [(String, String)] = [
        (
            "model_config_lst { }",
            "1:1: Message type \"tensorflow.serving.ModelServerConfig\" has no field named \"model_config_lst\"."
                + " Did you mean \"model_config_list\"?"
        ),
        (
            list + "nane: \"a\" } }",
            "3:5: Message type \"tensorflow.serving.ModelConfig\" has no field named \"nane\". Did you mean \"name\"?"
        ),
        (
            list + "qqq: 1 } }", "3:5: Message type \"tensorflow.serving.ModelConfig\" has no field named \"qqq\"."
        ),
        (list + "name \"a\" } }", "3:10: Expected \":\", found \"\"a\"\"."),
        (list + "name: a } }", "3:11: Expected string, found \"a\"."),
        (list + "name: \"a } }", "3:11: Unexpected end of string."),
        (list + "name: \"a\n\" } }", "3:13: String literals cannot cross line boundaries."),
        (list + "name: \"a\\q\" } }", "3:13: Invalid escape sequence in string literal."),
        (list + "name: \"\\xff\" } }", "3:11: The text of a string field is not UTF-8 (byte 0)."),
        (list + "name: 'a' 'b\\000' } }", "3:11: The text of a string field holds a zero byte (byte 2)."),
        (
            list + "name: \"a\"\n    name: \"b\" } }",
            "4:5: Non-repeated field \"name\" is specified multiple times."
        ),
        (
            "model_config_list { } custom_model_config { }",
            "1:23: Field \"custom_model_config\" is specified along with field \"model_config_list\", "
                + "another member of the same oneof."
        ),
        (list, "3:5: Expected \"}\", found the end of the text."),
        ("}", "1:1: Expected a field name, found \"}\"."),
        ("model_config_list: 5", "1:20: Expected \"{\", found \"5\"."),
        ("model_config_list { > ", "1:21: Expected a field name, found \">\"."),
        ("model_config_list { config [ { } { } ] }", "1:34: Expected \",\" or \"]\", found \"{\"."),
        ("model_config_list [ { } ]", "1:19: Expected \"{\", found \"[\"."),
        (
            list + "model_type: TENSORFLO } }",
            "3:17: Unknown enumeration value of \"TENSORFLO\" for field \"model_type\". Did you mean \"TENSORFLOW\"?"
        ),
        (list + "model_version_policy { latest { num_versions: -1 } }", "3:51: Expected integer, found \"-\"."),
        (
            list + "model_version_policy { latest { num_versions: 4294967296 } }",
            "3:51: Integer out of range (4294967296)."
        ),
        (list + "model_version_policy { latest { num_versions: 1.5 } }", "3:51: Expected integer, found \"1.5\"."),
        (
            list + "model_version_policy { latest { num_versions: 1x } }",
            "3:52: Need space between number and identifier."
        ),
        (
            list + "model_version_policy { latest { num_versions: 08 } }",
            "3:52: Numbers starting with leading zero must be in octal."
        ),
        ("model_config_list { \u{e9} }", "1:21: Invalid non-ASCII character outside of a string."),
        (
            "[foo.bar] { }",
            "1:1: Extension \"foo.bar\" is not defined or is not an extension of \"tensorflow.serving.ModelServerConfig\"."
        ),
        (
            "custom_model_config { [type.googleapis.com/foo.Bar] { } }",
            "1:23: Could not find type \"type.googleapis.com/foo.Bar\" stored in google.protobuf.Any."
        ),
    ]
    for (text, message) in cases {
        let status = fault(Config.self, text)
        #expect(status == .invalidArgument(start + message), "\(text)")
    }
}

@Test func numbersAreChecked() {
    let start = "f.txt: Error parsing text-format tensorflow.TensorProto: "
    let cases: [(String, String?)] = [
        ("int_val: -2147483648 int_val: 2147483647 int_val: - 5 int_val: 0x7fffffff", nil),
        ("int_val: 2147483648", "1:10: Integer out of range (2147483648)."),
        ("int_val: -2147483649", "1:10: Integer out of range (-2147483649)."),
        ("int64_val: -9223372036854775808 uint64_val: 18446744073709551615", nil),
        ("int64_val: 9223372036854775808", "1:12: Integer out of range (9223372036854775808)."),
        ("uint64_val: 18446744073709551616", "1:13: Integer out of range (18446744073709551616)."),
        ("bool_val: 2", "1:11: Integer out of range (2)."),
        ("bool_val: yes", "1:11: Expected \"true\" or \"false\", found \"yes\"."),
        ("float_val: 0x10", "1:12: Expected a decimal number, found \"0x10\"."),
        ("float_val: 1e", "1:14: \"e\" must be followed by exponent."),
        ("float_val: 1.2.3", "1:15: Already saw decimal point or exponent; can't have another one."),
        ("float_val: 0x", "1:14: \"0x\" must be followed by hex digits."),
        ("float_val: big", "1:12: Expected a number, found \"big\"."),
        ("dtype: 12345", nil),
        ("tensor_content: \"\\400\"", "1:18: Octal escape is larger than one byte."),
        ("tensor_content: \"\\ud800\"", "1:18: The escape names no Unicode character."),
        ("tensor_content: \"\\xg\"", "1:18: Expected hex digits for escape sequence."),
    ]
    for (text, message) in cases {
        let expected = message.map { Status.invalidArgument(start + $0) } ?? .ok
        #expect(fault(Tensorflow__TensorProto.self, text) == expected, "\(text)")
    }
}

@Test func nestingAndMemoryOfTextsAreLimited() {
    func nested(_ levels: Int) -> String {
        String(repeating: "variant_val { tensors { ", count: levels) + String(repeating: "} } ", count: levels)
    }
    #expect(fault(Tensorflow__TensorProto.self, nested(49)) == .ok)
    #expect(fault(Tensorflow__TensorProto.self, nested(50)).message.hasSuffix("Message is nested deeper than 100."))
    #expect(
        fault(Tensorflow__TensorProto.self, String(repeating: "variant_val{tensors{", count: 50_000)).code
            == .invalidArgument)
    let status = fault(Tensorflow__TensorProto.self, nested(10), limits: .init(memory: 2000))
    #expect(status.code == .resourceExhausted)
    #expect(status.message.contains("takes more than the limit of 2000 bytes of memory"))
}
