import Servables
import ServingCore
import ServingProtos
import TestSupport
import Testing

@testable import Configuration

private func report(
    _ text: String, _ kind: ConfigurationKind? = nil, named name: String = "/etc/f.txt",
    lookingAt fileSystem: (any FileSystem)? = nil
) -> ConfigurationReport {
    Array(text.utf8).withUnsafeBytes {
        ConfigurationCheck(lookingAt: fileSystem).check($0, named: name, as: kind)
    }
}

/// The findings, one per line: `line:column severity: text`.
private func findings(_ text: String, _ kind: ConfigurationKind? = nil) -> [String] {
    report(text, kind).findings.map { finding in
        let place = finding.place.map { "\($0.line):\($0.column) " } ?? ""
        let notes = finding.notes.map { " [\($0.place?.line ?? 0):\($0.place?.column ?? 0) \($0.what)]" }.joined()
        return "\(place)\(finding.severity.rawValue): \(finding.text)\(notes)"
    }
}

// MARK: Kinds

@Test(arguments: [
    ("model_config_list {}", ConfigurationKind.models), ("max_batch_size { value: 1 }", .batching),
    ("server_key: 'x'", .ssl), ("prometheus_config { enable: true }", .monitoring), ("platform_configs {}", .platform),
    ("inter_op_parallelism_threads: 2", .session), ("config { name: 'a' }", .models), ("max_batch_siz: 1", .batching),
    ("{ \"model_config_list\": { } }", .models), ("-----BEGIN CERTIFICATE-----\nMAMCAQU=\n", .ssl),
    ("enable: true path: '/metrics'", .monitoring), ("num_batch_thread { } allowed_batch_sizes: [1]", .batching),
])
func kindIsRecognisedByTheContent(text: String, kind: ConfigurationKind) {
    let report = report(text)
    #expect(report.kind == kind && report.assumption != nil, "\(report.text)")
}

@Test func kindOfATextThatSaysNothingComesFromTheName() {
    #expect(report("", named: "/etc/batching.txt").kind == .batching)
    #expect(report("# nothing", named: "/etc/batching/my_tls.conf").kind == .ssl)
    #expect(report("", named: "/etc/x").kind == .models)
    #expect(report("", named: "/etc/x").assumption == "it is empty; force a kind with --type")
    #expect(report("foo: 1", named: "x").assumption == "none of its fields is known; force a kind with --type")
}

@Test func kindCanBeForced() {
    let report = report("max_batch_size { value: 1 }", .models)
    #expect(report.kind == .models && report.assumption == nil && !report.isAccepted)
}

// MARK: Models

@Test func everyProblemOfAModelListIsFoundAtItsPlace() {
    let text = """
        model_config_list {
          config { name: "a" base_path: "gs://b/a" model_platform: "torch" }
          config {
            name: "a"
            base_path: "/a"
            model_type: OTHER
            model_platform: "tensorflow"
          }
          config { name: "c" }
          config { name: "d" base_path: "/d" model_platform: "tensorflow" model_version_policy { specific {} } }
          config { name: "e" base_path: "/e" model_platform: "tensorflow" logging_config {}
            version_labels { key: "x" value: 1 } version_labels { key: "x" value: 2 } }
        }
        """
    let prefix = "Illegal setting"
    let fields = "ModelServerConfig::model_type (deprecated)"
    let found = findings(text)
    let expected = [
        "2:33 error: Model a has the base path gs://b/a, but this server reads local files only",
        "2:60 error: Model a requests unsupported platform torch",
        "4:11 error: Illegal to list model a multiple times in config list [2:18 model a is listed here]",
        "6:5 warning: \"model_type\" is deprecated.",
        "6:17 error: \(prefix) both \(fields) and ModelServerConfig::model_platform, model name is a",
        "9:3 error: Expected model c to have an absolute path or URI; got base_path()=",
        "9:3 error: \(prefix) neither \(fields) nor ModelServerConfig::model_platform, model name is c",
        "10:88 warning: Model d has a specific version policy without versions: nothing of it is served",
        "12:57 warning: Label x of model e is given more than once; the last one counts",
    ]
    for line in expected { #expect(found.contains(line), "\(line) is not among \(found)") }
}

@Test func whatFollowsFromAFaultIsNotReported() {
    let text = "model_config_list { config { nane: 'a' base_path: '/a' modelplatform: 'tensorflow' } }"
    #expect(findings(text).allSatisfy { $0.contains("has no field named") })
    #expect(findings("max_batch_size: 8 allowed_batch_sizes: [4, 8]").count == 1)
    #expect(findings("max_batch_size { value: x } allowed_batch_sizes: [4, 8]").count == 1)
    #expect(findings("client_verify: true custom_cas: 'x'", .ssl).allSatisfy { !$0.contains("without custom_ca") })
}

@Test func whatWouldBeServedIsTold() throws {
    let directory = TemporaryDirectory()
    for path in ["m", "m/1", "m/02", "m/3", "empty", "stray", "outer", "outer/m", "outer/m/1", "files"] {
        directory.makeDirectory(path)
    }
    for path in ["m/1/saved_model.pb", "m/02/saved_model.pbtxt", "stray/saved_model.pb", "files/1", "plain"] {
        directory.write(path, "x")
    }
    let platform = "model_platform: 'tensorflow'"
    let file = directory.write(
        "models.config",
        """
        model_config_list {
          config { name: 'a' base_path: 'm' \(platform) model_version_policy { latest { num_versions: 2 } }
                   version_labels { key: 'stable' value: 2 } version_labels { key: 'old' value: 1 } }
          config { name: 'b' base_path: '\(directory.path)/m' \(platform)
                   model_version_policy { specific { versions: 1 versions: 9 } } }
          config { name: 'c' base_path: '\(directory.path)/n' \(platform) }
          config { name: 'd' base_path: 'empty' \(platform) }
          config { name: 'e' base_path: 'stray' \(platform) }
          config { name: 'f' base_path: 'outer' \(platform) }
          config { name: 'g' base_path: 'files' \(platform) }
          config { name: 'h' base_path: 'plain' \(platform) }
          config { name: 'i' base_path: '/no/such/folder' \(platform) model_version_policy { all {} } }
        }
        """)
    let report = ConfigurationCheck().check(file)
    #expect(report.isAccepted)
    let models = Dictionary(uniqueKeysWithValues: report.models.map { ($0.model.name, $0) })
    let a = try #require(models["a"])
    #expect(a.found == [3, 2, 1] && a.served == [3, 2] && a.isRelative)
    #expect(a.labels.map(\.name) == ["old", "stable"] && a.labels.map(\.version) == [1, 2])
    #expect(a.labels.map(\.isServed) == [false, true])
    let b = try #require(models["b"])
    #expect(b.served == [1] && !b.isRelative)
    let lines = report.findings.map { "\($0.place?.line ?? 0): \($0.text)\($0.advice.map { " => \($0)" } ?? "")" }
    let path = directory.path
    let expected = [
        "2: Version 3 of model a cannot be loaded: no saved_model.pb in it",
        "3: Label old of model a points to version 1, which the version policy does not serve",
        "5: Version 9 of model b is not there", "6: The base path \(path)/n does not exist => did you mean \"m\"?",
        "7: No versions of model d found under \(path)/empty => a version is a folder named by a number, such as "
            + "\(path)/empty/1.",
        "8: No versions of model e found under \(path)/stray => a version is a folder named by a number, such as "
            + "\(path)/stray/1. Looked in \(path)/stray: saw saved_model.pb but no numbered folder; move it to "
            + "\(path)/stray/1/.",
        "9: No versions of model f found under \(path)/outer => did you mean \"\(path)/outer/m\"?",
        "10: No versions of model g found under \(path)/files => a version is a folder named by a number, such as "
            + "\(path)/files/1. Looked in \(path)/files: '1' is a file; a version is a folder that holds saved_model.pb.",
        "11: The base path \(path)/plain is not a folder",
        "12: The base path /no/such/folder does not exist => /no/such does not exist either",
    ]
    for line in expected { #expect(lines.contains(line), "\(line) is not among \(lines)") }
    let text = report.text
    #expect(text.contains("  a: versions 3, 2 of 3, 2, 1 (policy: the latest 2) from \(path)/m (base_path counts from"))
    #expect(text.contains("    label old: version 1, which is not served\n    label stable: version 2\n"))
    #expect(text.contains("  b: version 1 of 3, 2, 1 (policy: specific: 1, 9) from \(path)/m\n"))
    #expect(text.contains("  i: versions unknown (policy: all) from /no/such/folder\n"))
    #expect(text.contains("  d: nothing, there are no versions (policy: the latest) from"))
    #expect(text.hasSuffix("\(file): accepted, with \(report.warningCount) warnings\n"))
}

@Test func filesThatCannotBeReadAreErrors() {
    let directory = TemporaryDirectory()
    for path in ["/no/such/file", directory.path] {
        let report = ConfigurationCheck().check(path)
        #expect(report.errorCount == 1 && report.kind == nil && report.findings[0].place == nil)
        #expect(report.text.hasPrefix("\(path): error: \(path); "))
    }
}

// MARK: Other kinds

@Test func everyProblemOfBatchingParametersIsFound() {
    let text = """
        max_batch_size { value: 0 }
        batch_timeout_micros { value: -1 }
        max_enqueued_batches { value: 0 }
        num_batch_threads { value: 0 }
        allowed_batch_sizes: [8, 4, -1]
        enable_large_batch_splitting { value: true }
        max_execution_batch_size { value: 7 }
        """
    #expect(
        findings(text) == [
            "1:16 error: input_batch_size_limit must be positive; was 0",
            "2:22 error: batch_timeout_micros must be non-negative; was -1",
            "3:22 error: max_enqueued_batches must be positive; was 0",
            "4:19 error: num_batch_threads must be positive; was 0",
            "5:26 warning: allowed_batch_sizes should ascend: 4 stands behind 8",
            "5:29 error: Last entry in allowed_batch_sizes must match max_batch_size; last entry was -1; expected 7",
            "5:29 warning: No batch has -1 rows",
            "7:26 error: When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal "
                + "to max_execution_batch_size.",
        ])
    #expect(
        findings("max_enqueued_batches {} max_execution_batch_size { value: 3 }") == [
            "1:22 warning: max_enqueued_batches is 0, which counts as 1",
            "1:50 warning: max_execution_batch_size has no effect without enable_large_batch_splitting",
        ])
}

@Test func batchingParametersOfOneModelAreCheckedAtTheirPlace() {
    let text = """
        model_config_list { config { name: "a" base_path: "/a" model_platform: "tensorflow" batching_parameters {
          max_batch_size { value: 4 } allowed_batch_sizes: [2, 3]
          thread_pool_name { value: "p" }
        } } }
        """
    let start = "batching_parameters of model a: "
    #expect(
        findings(text) == [
            "2:56 error: \(start)Last entry in allowed_batch_sizes must match max_batch_size; last entry was 3; expected 4",
            "3:20 warning: \(start)thread_pool_name has no effect for one model: all share the threads of "
                + "--batching_parameters_file",
        ])
    let follows = text.replacing("max_batch_size { value: 4 }", with: "max_batch_size: 4")
    #expect(findings(follows).count { $0.contains("error") } == 1)
}

@Test func monitoringThatShowsNothingIsRemarkedUpon() {
    #expect(findings("prometheus_config { enable: true path: '/metrics' }").isEmpty)
    #expect(
        findings("prometheus_config { path: 'metrics' }") == [
            "1:1 warning: prometheus_config without enable: true shows no metrics",
            "1:27 error: The path metrics can't be asked for; it must begin with / and have neither spaces nor ? or #",
        ])
}

@Test func platformAndSessionFilesAreParsed() {
    #expect(findings("platform_configs { key: 'tensorflow' }").isEmpty)
    #expect(findings("platform_configs { kee: 'tensorflow' }").count == 1)
    #expect(findings("intra_op_parallelism_threads: 2").isEmpty)
    #expect(findings("intra_op_parallelism_threads: 'two'").count == 1)
}

// MARK: Reports

@Test func reportShowsThePlaceInItsLine() {
    let text = report("model_config_list {\n\tconfig { nane: 'é' nane: 'x' }\n}", named: "models.config").text
    #expect(
        text.contains(
            """
            models.config:2:11: error: Message type "tensorflow.serving.ModelConfig" has no field named "nane"; did you \
            mean "name"?
                 config { nane: 'é' nane: 'x' }
                          ^
            models.config:2:22: error
            """))
    #expect(text.contains("                                    ^\n") == false)
    #expect(text.hasSuffix("models.config: refused: 2 errors, 0 warnings\n"))
}

@Test func reportCannotSteerATerminal() {
    let text = report("model_config_list { config { name: '\u{1b}[2J' name: \u{9b}a base_path: 5 } }").text
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7f..<0xa0).contains($0.value) })
    #expect(text.contains("\\x1b"))
}

@Test func numberOfFindingsIsLimited() {
    let models = (0..<3000).map { _ in "config { name: 'a' base_path: '/a' model_platform: 'tensorflow' }\n" }.joined()
    let report = report("model_config_list {\n\(models)}")
    #expect(report.findings.count == ConfigurationReport.mostFindings)
    #expect(report.hiddenCount == 2999 - ConfigurationReport.mostFindings && !report.isAccepted)
    #expect(report.text.contains("2749 further findings are not shown"))
}

@Test func reportForProgramsIsJSON() {
    let reports = [
        report("model_config_list { config { nam\u{1}: \"\\\"\" } }", named: "a\"b\n"), report("", .batching),
    ]
    #expect(
        ConfigurationReport.json(reports).hasPrefix(
            """
            {"ok": false, "files": [{"file": "a\\"b\\n", "type": "models", "assumed_because": "it has \
            \\"model_config_list\\"", "ok": false, "errors":
            """))
    #expect(
        ConfigurationReport.json([report("", .batching)]) == """
            {"ok": true, "files": [{"file": "/etc/f.txt", "type": "batching", "assumed_because": null, "ok": true, \
            "errors": 0, "warnings": 0, "findings": [], "hidden": 0, "models": []}]}
            """)
}
