import CServingProtos
import ServingCore
import Testing

@testable import ServingProtos

private typealias Config = Tensorflow__Serving__ModelServerConfig
private typealias Batching = Tensorflow__Serving__BatchingParameters
private typealias TLS = Tensorflow__Serving__SSLConfig

/// The faults of a text, one per line: `line:column what => advice`, notes behind it in brackets.
private func faults<Proto: ProtoMessage>(_ type: Proto.Type, _ text: String) -> [String] {
    TextFormat.diagnose(text, as: type).faults.map { fault in
        let kind = fault.isWarning ? "warning: " : ""
        let notes = fault.notes.map { " [\($0.place.map { "\($0.line):\($0.column) " } ?? "")\($0.what)]" }.joined()
        let advice = fault.advice.map { " => \($0)" } ?? ""
        return "\(fault.place.line):\(fault.place.column) \(kind)\(fault.what)\(advice)\(notes)"
    }
}

@Test func everyFaultOfATextIsFound() {
    let text = """
        model_config_list {
          config {
            nane: "a"
            base_path: /models/a
            model_platform: "tensorflow"
            model_type: TENSORFLO
          }
          config {
            name: "b"
            name: "c"
            model_version_policy { latest { num_versions: two } }
            base_path = "/b"
            latest { num_versions: 1 }
            qqq: { x: 1 }
            model_platform "tensorflow"
          }
        }
        """
    #expect(
        faults(Config.self, text) == [
            "3:5 Message type \"tensorflow.serving.ModelConfig\" has no field named \"nane\". => did you mean \"name\"?",
            "4:16 Expected string, found \"/\". => texts stand in quotes: base_path: \"/models/a\"",
            "6:5 warning: \"model_type\" is deprecated.",
            "6:17 Unknown enumeration value of \"TENSORFLO\" for field \"model_type\". => did you mean \"TENSORFLOW\"?",
            "10:5 Non-repeated field \"name\" is specified multiple times. [9:5 \"name\" is given here]",
            "11:51 Expected integer, found \"two\". => write num_versions: 1",
            "12:15 Expected \":\", found \"=\". => write base_path: \"...\"",
            "13:5 Message type \"tensorflow.serving.ModelConfig\" has no field named \"latest\". => \"latest\" belongs "
                + "into model_version_policy { latest ... }",
            "14:5 Message type \"tensorflow.serving.ModelConfig\" has no field named \"qqq\". => the fields are name, "
                + "base_path, model_type, model_platform, logging_config, model_version_policy, version_labels, "
                + "batching_parameters",
            "15:20 Expected \":\", found \"\"tensorflow\"\". => write model_platform: \"tensorflow\"",
        ])
}

/// The last one is a warning about the name before the number, which was looked at first.
@Test func faultsOnOneLineAreToldApart() {
    #expect(
        faults(Config.self, "model_config_list { config { nane: 'a' base_path: gs://b/c nane: 'd' model_type: 5x } }")
            .map {
                String($0.prefix { $0 != " " })
            } == ["1:30", "1:51", "1:60", "1:83", "1:70"])
}

@Test func faultsAtTheEdgesOfListsAndTextsAreSurvived() {
    let list = "model_config_list { config [ { nane: 1 }, { nane: 2 }, { name: 'a' nane: 3 ] } ] }"
    #expect(!TextFormat.diagnose(list, as: Config.self).isAccepted)
    for text in [
        "model_config_lst:", "model_config_lst", "model_config_list { config [ { x", "max: -", "a [", "\"", "'\\",
    ] {
        #expect(!TextFormat.diagnose(text, as: Config.self).isAccepted)
    }
    // A warning does not hide the error behind it.
    #expect(
        faults(Config.self, "model_config_list { config { model_type: TENSORFLOW 5 } }") == [
            "1:30 warning: \"model_type\" is deprecated.",
            "1:53 Expected a field name, found \"5\". => several values of a field are written as a list: name: [1, 2]",
        ])
}

@Test func whatCouldBeReadIsThere() throws {
    let text = "model_config_list { config { name: 'a' bad base_path: '/a' } config: 5 config { name: 'b' } }"
    let diagnosis = TextFormat.diagnose(text, as: Config.self)
    #expect(!diagnosis.isAccepted)
    let names = try #require(diagnosis.message).read { config -> [String] in
        guard let list = config.pointee.model_config_list else { return [] }
        return Repeated.messages(list.pointee.config, list.pointee.n_config).map { String(proto: $0.pointee.name) }
    }
    #expect(names == ["a", "b"])
    let configs = diagnosis.outline.value(of: "model_config_list")?.values(of: "config") ?? []
    #expect(configs.map { $0.value(of: "name")?.valuePlace.column } == [36, 87])
    #expect(configs.map(\.hasFaults) == [true, false])
    #expect(configs.first?.value(of: "base_path")?.place == TextPlace(line: 1, column: 44))
}

@Test func wrappedNumbersAreExplained() {
    let text = """
        max_batch_size: 32
        allowed_batch_sizes: 8, 32
        allowed_batch_sizes { value: 8 }
        pad_variable_length_inputs: yes
        batch_timeout_micros { value: "5" }
        thread_pool_name { value: pool }
        num_batch_threads: { value: 99999999999999999999 }
        """
    #expect(
        faults(Batching.self, text) == [
            "1:17 Expected \"{\", found \"32\". => write max_batch_size { value: 32 }",
            "2:25 Expected a field name, found \"32\". => several values of a field are written as a list: "
                + "name: [1, 2]",
            "3:21 Expected \":\", found \"{\". => \"allowed_batch_sizes\" takes a plain value: allowed_batch_sizes: 1",
            "4:29 Expected \"true\" or \"false\", found \"yes\". => write pad_variable_length_inputs: true",
            "5:31 Expected integer, found \"\"5\"\". => write the value without quotes: value: 1",
            "6:27 Expected string, found \"pool\". => texts stand in quotes: value: \"pool\"",
            "7:29 Integer out of range (99999999999999999999). => \"value\" takes a whole number from "
                + "-9223372036854775808 to 9223372036854775807",
        ])
}

@Test func missingBraceIsReportedWhereItIsMissed() {
    let text = """
        model_config_list {
          config {
            name: "a"
            model_version_policy { all {} }
          config {
            name: "b"
            nane: "c"
          }
        }
        """
    #expect(
        faults(Config.self, text) == [
            "5:3 Message type \"tensorflow.serving.ModelConfig\" has no field named \"config\". => \"config\" is a field "
                + "of tensorflow.serving.ModelConfigList, further out: is a \"}\" missing before it? "
                + "[2:10 this may not be closed]",
            "7:5 Message type \"tensorflow.serving.ModelConfig\" has no field named \"nane\". => did you mean \"name\"?",
        ])
    #expect(
        faults(Config.self, "model_config_list {\n  config {\n    name: \"a\"\n") == [
            "4:1 Expected \"}\", found the end of the text. => close what is open, or remove a brace that is too many "
                + "[2:10 this is not closed] [1:19 this is not closed]"
        ])
    #expect(
        faults(Config.self, "model_config_list { config { model_version_policy { base_path: '/a' } } }\n}") == [
            "1:53 Message type \"tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy\" has no "
                + "field named \"base_path\". => \"base_path\" is a field of tensorflow.serving.ModelConfig, further out",
            "2:1 Expected a field name, found \"}\". => nothing is open that it could close: is one too many before it?",
        ])
}

@Test func mistypedMessagesAreLookedIntoAllTheSame() {
    #expect(
        faults(Config.self, "model_config_lst { config { nane: 'a' } }") == [
            "1:1 Message type \"tensorflow.serving.ModelServerConfig\" has no field named \"model_config_lst\". => did "
                + "you mean \"model_config_list\"?",
            "1:29 Message type \"tensorflow.serving.ModelConfig\" has no field named \"nane\". => did you mean \"name\"?",
        ])
}

@Test func textsThatAreOtherLanguagesGetOneAnswerEach() {
    #expect(
        faults(Batching.self, "{ \"max_batch_size\": { \"value\": 3 } }").first
            == "1:1 Expected a field name, found \"{\". => a text begins with the name of a field, not with a brace: "
            + "max_batch_size, batch_timeout_micros, max_enqueued_batches, num_batch_threads, thread_pool_name, "
            + "allowed_batch_sizes, pad_variable_length_inputs, enable_large_batch_splitting, max_execution_batch_size")
    #expect(
        faults(TLS.self, "// a key\nserver_key: 'x'") == [
            "1:1 Expected a field name, found \"/\". => comments begin with #"
        ])
    #expect(
        faults(TLS.self, "\"server_key\": 'x'").first?.hasSuffix("names of fields are written without quotes") == true)
}

@Test func stringOverSeveralLinesIsOneFault() {
    let text = """
        server_key: "-----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
        -----END PRIVATE KEY-----"
        server_cert: 'c'
        client_verify: maybe
        server_kei: "x
        custom_ca: 'y'
        """
    let advice =
        "close the quote on the same line; a text of several lines is written as a string for each line, one below "
        + "the other, with \\n at their ends"
    #expect(
        faults(TLS.self, text) == [
            "1:41 String literals cannot cross line boundaries. => \(advice)",
            "5:16 Expected \"true\" or \"false\", found \"maybe\". => write client_verify: true",
            "6:1 Message type \"tensorflow.serving.SSLConfig\" has no field named \"server_kei\". => did you mean "
                + "\"server_key\"?",
            "6:15 String literals cannot cross line boundaries. => \(advice)",
        ])
}

@Test func numberOfFaultsIsLimited() {
    let many = TextFormat.diagnose(String(repeating: "x: 1\n", count: 100_000), as: TLS.self)
    #expect(many.faults.count == 101 && many.message == nil)
    #expect(many.faults.last?.what == "There are more errors than 100; the rest is not shown.")
    let noise = TextFormat.diagnose(String(repeating: "\u{1}\u{7f}é{[", count: 100_000), as: TLS.self)
    #expect(noise.faults.count <= 101)
    let deep = TextFormat.diagnose(
        String(repeating: "variant_val{tensors{", count: 100_000), as: Tensorflow__TensorProto.self)
    #expect(deep.faults.map(\.what) == ["Message is nested deeper than 100."] && deep.message == nil)
}

@Test func valuesBeyondTheLimitOfPlacesAreStillRead() throws {
    let count = TextRecorder.mostNodes + 10
    let diagnosis = TextFormat.diagnose(
        "allowed_batch_sizes: [" + (0..<count).map(String.init).joined(separator: ",") + "]", as: Batching.self)
    #expect(diagnosis.isAccepted)
    #expect(diagnosis.outline.children.count == TextRecorder.mostNodes)
    #expect(try #require(diagnosis.message).read { $0.pointee.n_allowed_batch_sizes } == count)
}

@Test func surveyNamesWhatIsOutsideAndOneLevelInside() {
    let text = "# x: 1\n\u{feff}a: 1 b { c: 2 c: 3 d < e: 1 > } f = 'g: {' h: [ { i: 1 } ] }"
    let survey = Array(text.utf8).withUnsafeBytes { TextSurvey($0) }
    #expect(survey.names == ["a", "b", "f", "h"])
    #expect(survey.innerNames == ["c", "e", "i"] || survey.innerNames == ["c", "d", "e", "i"])
    #expect(survey.missingBraces == -1 && !survey.isEmpty && !survey.beginsWithBrace)
    let json = Array("{\"a\": {\"b\": 1}, 'c': 2}".utf8).withUnsafeBytes { TextSurvey($0) }
    #expect(json.names == ["a", "c"] && json.innerNames == ["b"] && json.beginsWithBrace)
    #expect(Array(" # only\n".utf8).withUnsafeBytes { TextSurvey($0) }.isEmpty)
}
