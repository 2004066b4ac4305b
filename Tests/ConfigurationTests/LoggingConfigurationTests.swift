import CServingProtos
import Records
import ServingCore
import ServingProtos
import Testing

@testable import Configuration

/// The model `a` with this `logging_config`, in a file in `/etc/models`.
private func model(
    _ logging: String, folder: String? = "/etc/models/"
) throws(Status) -> (logging: LoggingConfiguration?, remarks: [String]) {
    let text =
        "model_config_list { config { name: 'a' base_path: '/a' model_platform: 'tensorflow' "
        + "logging_config { \(logging) } } }"
    let message = try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(Status) in
        try TextFormat.parse(
            UnsafeRawBufferPointer(bytes), fileName: "models.config", as: Tensorflow__Serving__ModelServerConfig.self)
    }
    let read = try message.read { (config) throws(Status) in
        try ModelServerConfiguration(config, relativeTo: folder)
    }
    return (read.models[0].logging, read.remarks)
}

private func refusal(_ logging: String, folder: String? = "/etc/models/") -> String? {
    do throws(Status) { _ = try model(logging, folder: folder) } catch { return error.description }
    return nil
}

@Test func aRequestLogIsTakenOver() throws {
    let read = try model(
        "log_collector_config { type: 'tfrecord' filename_prefix: '/log/a' } "
            + "sampling_config { sampling_rate: 0.25 attributes: 1 }")
    #expect(read.logging?.filenamePrefix == "/log/a" && read.logging?.samplingRate == 0.25)
    // sampling_rate (field 1, eight bytes) and attributes (field 2).
    #expect(read.logging?.samplingConfig == [0x09, 0, 0, 0, 0, 0, 0, 0xd0, 0x3f, 0x10, 1])
    #expect(read.remarks.isEmpty)
}

@Test(arguments: [
    ("/log/a", "/log/a"), ("file:///log/a", "/log/a"), ("log/a", "/etc/models/log/a"), ("././a", "/etc/models/a"),
])
func prefixesAreMadeAbsolute(_ prefix: String, _ expected: String) throws {
    let read = try model(
        "log_collector_config { filename_prefix: '\(prefix)' } sampling_config { sampling_rate: 1 }")
    #expect(read.logging?.filenamePrefix == expected)
}

@Test func settingsOfALogThatDoNothingAreRemarkedUpon() throws {
    #expect(try model("").logging == nil)
    #expect(try model("").remarks == ["logging_config of model a has no effect: its sampling_rate is 0"])
    let read = try model(
        "log_collector_config { filename_prefix: '/a' } "
            + "sampling_config { sampling_rate: 1 per_task_sampling_configs { sampling_rate: 1 } }")
    #expect(read.logging != nil)
    #expect(read.remarks.count == 1 && read.remarks[0].hasPrefix("per_task_sampling_configs of model a"))
}

@Test func logsThatCannotBeWrittenAreRefused() {
    let start = "INVALID_ARGUMENT: logging_config of model a: "
    let rate = "sampling_config { sampling_rate: 1 }"
    func collector(_ fields: String) -> String { "log_collector_config { \(fields) } \(rate)" }
    #expect(refusal(rate)?.hasPrefix(start + "log_collector_config needs a filename_prefix") == true)
    #expect(refusal(collector("filename_prefix: 's3://b/a'"))?.hasPrefix(start + "filename_prefix is s3://b/a") == true)
    let relative = refusal(collector("filename_prefix: 'a'"), folder: nil)
    #expect(relative == start + "filename_prefix must be an absolute path; was a")
    #expect(
        refusal(collector("type: 'kafka' filename_prefix: '/a'"))?.hasPrefix(
            start + "log_collector_config has the type \"kafka\"") == true)
    for rate in ["-0.5", "1.01", "nan", "inf"] {
        let refusal = refusal("sampling_config { sampling_rate: \(rate) }")
        #expect(refusal == start + "sampling_rate must be a number from 0 to 1; was \(rate)")
    }
}
