import Batching
import CServingProtos
import Servables
import ServingCore
import ServingProtos
import TestSupport
import Testing

@testable import Configuration

private func configuration(
    _ text: String, folder: String? = "/etc/models/"
) throws(Status) -> ModelServerConfiguration {
    let message = try TextFormat.parse(text, fileName: "m", as: Tensorflow__Serving__ModelServerConfig.self)
    return try message.read { (config) throws(Status) in
        try ModelServerConfiguration(config, relativeTo: folder)
    }
}

private func failure(_ text: String, folder: String? = "/etc/models/") -> String? {
    do throws(Status) {
        _ = try configuration(text, folder: folder)
        return nil
    } catch {
        return error.description
    }
}

private func list(_ configs: String...) -> String {
    "model_config_list { " + configs.map { "config { \($0) }" }.joined(separator: " ") + " }"
}

@Test func listIsRead() throws {
    let read = try configuration(
        """
        model_config_list: {
          config: { name: "a", base_path: "/m/a", model_platform: "tensorflow" },
          config { name: "b" base_path: "./b" model_type: TENSORFLOW
                   model_version_policy { specific { versions: 3 versions: 5 } } },
          config { name: 'c' base_path: 'sub/c' model_platform: 'tensorflow' model_version_policy { all {} } }
          config { name: 'd' base_path: 'file:///m/d' model_platform: 'tensorflow'
                   model_version_policy { latest { num_versions: 2 } } }
        }
        """)
    #expect(
        read.models == [
            ModelConfiguration(name: "a", basePath: "/m/a"),
            ModelConfiguration(name: "b", basePath: "/etc/models/b", policy: .specific([3, 5])),
            ModelConfiguration(name: "c", basePath: "/etc/models/sub/c", policy: .all),
            ModelConfiguration(name: "d", basePath: "/m/d", policy: .latest(2)),
        ])
    #expect(read.remarks.isEmpty)
}

@Test func emptyListsAreFine() throws {
    #expect(try configuration("").models.isEmpty)
    #expect(try configuration("model_config_list {}").models.isEmpty)
}

@Test func settingsWithoutEffectAreRemarkedUpon() throws {
    let read = try configuration(
        list(
            "name: 'a' base_path: '/a' model_platform: 'tensorflow' logging_config {} "
                + "model_version_policy { specific {} }"))
    #expect(read.remarks.count == 2)
}

@Test func labelsAreTakenOver() throws {
    let read = try configuration(
        list(
            "name: 'a' base_path: '/a' model_platform: 'tensorflow' version_labels { key: 'stable' value: 2 } "
                + "version_labels { key: 'canary' value: 3 }"))
    #expect(read.models.first?.labels == ["stable": 2, "canary": 3])
    #expect(read.remarks.isEmpty)
}

@Test func invalidListsAreRefusedInTheReferencesWords() {
    let tail = "model_platform: 'tensorflow'"
    let one = "name: 'a' base_path: '/a' \(tail)"
    let start = "INVALID_ARGUMENT: "
    #expect(failure(list(one, one)) == start + "Illegal to list model a multiple times in config list")
    #expect(
        failure(list("name: 'a' base_path: 'x/y' \(tail)"), folder: nil)
            == start + "Expected model a to have an absolute path or URI; got base_path()=x/y")
    #expect(
        failure(list("name: 'a' \(tail)"))
            == start + "Expected model a to have an absolute path or URI; got base_path()=")
    #expect(
        failure(list(one + " model_type: TENSORFLOW"))
            == start
            + "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, "
            + "model name is a")
    #expect(
        failure(list("name: 'a' base_path: '/a'"))
            == start
            + "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            + "ModelServerConfig::model_platform, model name is a")
    #expect(
        failure(list("name: 'a' base_path: '/a' model_type: OTHER"))
            == start + "ModelServerConfig::model_type choice 2 not supported.")
    #expect(
        failure(list("name: 'a' base_path: '/a' model_platform: 'torch'"))
            == start + "Model a requests unsupported platform torch")
    #expect(failure(list("name: 'a' base_path: 'gs://b/a' \(tail)"))?.contains("reads local files only") == true)
    #expect(failure("custom_model_config {}")?.contains("model_config_list") == true)
}

@Test func relativePathsCountFromTheFolderOfTheFile() throws {
    let directory = TemporaryDirectory()
    let file = directory.write("models.config", list("name: 'a' base_path: 'x/a' model_platform: 'tensorflow'"))
    #expect(try ModelServerConfiguration(contentsOf: file).models.first?.basePath == "\(directory.path)/x/a")
}

@Test func fileThatDoesNotParseIsRefused() {
    let directory = TemporaryDirectory()
    let file = directory.write("models.config", "model_config_list { config { nam: 'a' } }")
    #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(file)'")) {
        try ModelServerConfiguration(contentsOf: file)
    }
    #expect(throws: Status.notFound("/none; No such file or directory")) {
        try ModelServerConfiguration(contentsOf: "/none")
    }
    #expect(throws: Status.self) { try ModelServerConfiguration(contentsOf: directory.path) }
}

@Test func singleModelNeedsAnAbsolutePath() throws {
    let single = try ModelServerConfiguration(name: "default", basePath: "/m")
    #expect(single.models == [ModelConfiguration(name: "default", basePath: "/m")])
    #expect(single.models[0].monitored == MonitoredServable(name: "default", basePath: "/m", policy: .latest(1)))
    #expect(
        throws: Status.invalidArgument("Expected model default to have an absolute path or URI; got base_path()=m")
    ) {
        try ModelServerConfiguration(name: "default", basePath: "m")
    }
}

@Test func modelsHaveBatchingParametersOfTheirOwn() throws {
    let head = "base_path: '/m' model_platform: 'tensorflow'"
    let read = try configuration(
        list(
            "name: 'a' \(head) batching_parameters { max_batch_size { value: 8 } allowed_batch_sizes: [4, 8] }",
            "name: 'b' \(head) batching_parameters { num_batch_threads { value: 2 } }", "name: 'c' \(head)"))
    var first = BatchingParameters()
    first.maximumBatchSize = 8
    first.allowedBatchSizes = [4, 8]
    #expect(read.models[0].batching == first)
    #expect(read.models[1].batching?.maximumBatchSize == 1000 && read.models[2].batching == nil)
    #expect(
        read.remarks == [
            "batching_parameters of model b: num_batch_threads has no effect for one model: all share the threads of "
                + "--batching_parameters_file"
        ])
    #expect(
        failure(list("name: 'a' \(head) batching_parameters { max_batch_size { value: 0 } }"))
            == "INVALID_ARGUMENT: batching_parameters of model a: input_batch_size_limit must be positive; was 0")
}
