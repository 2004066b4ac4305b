import Configuration
import Servables
import ServingCore
import TestSupport
import Testing

@testable import ModelServer

@Suite struct ServerTests {
    private func settings(_ arguments: [String]) throws -> Server.Settings {
        let options = try ServerOptions(try Flags(arguments))
        return try Server.Settings(options, try options.loadModels())
    }

    @Test func flagsBecomeSettings() throws {
        let settings = try settings([
            "--model_name=m", "--model_base_path=/models/m", "--saved_model_tags=serve,gpu",
            "--file_system_poll_wait_seconds=7", "--max_num_load_retries=3", "--tensorflow_intra_op_parallelism=5",
            "--enable_serialization_as_tensor_content", "--enable_signature_method_name_check",
        ])
        #expect(settings.configuration.models.map(\.monitored) == [MonitoredServable(name: "m", basePath: "/models/m")])
        #expect(settings.tags == ["gpu", "serve"])
        #expect(settings.fileSystemPollSeconds == 7)
        #expect(settings.manager.maximumLoadRetries == 3)
        #expect(settings.computeThreads == 5)
        #expect(settings.answersWithTensorContent)
        #expect(settings.checksMethodNames)
    }

    @Test func relativeBasePathsCountFromTheConfigurationFile() throws {
        let folder = TemporaryDirectory()
        let text = "model_config_list { config { name: 'a' base_path: 'models/a' model_platform: 'tensorflow' } }"
        let file = folder.write("models.config", text)
        let settings = try settings(["--model_config_file=\(file)"])
        #expect(
            settings.configuration.models.map(\.monitored) == [
                MonitoredServable(name: "a", basePath: "\(folder.path)/models/a")
            ])
    }

    @Test func serverWithoutVersionsOpensItsPortAndDrains() throws {
        let folder = TemporaryDirectory()
        var settings = Server.Settings()
        settings.configuration = try ModelServerConfiguration(name: "empty", basePath: folder.path)
        let server = try Server(settings)
        server.waitForModels()
        let port = try server.listen(on: .port(0))
        #expect((port ?? 0) > 0)
        #expect(server.callsInProgress == 0)
        #expect(server.drain(withinSeconds: 5))
    }

    @Test func portThatIsTakenIsReported() throws {
        let first = try Server(Server.Settings())
        let port = try #require(try first.listen(on: .port(0)))
        let second = try Server(Server.Settings())
        let error = #expect(throws: Status.self) { try second.listen(on: .port(port)) }
        #expect(error?.message.contains("Address already in use") == true)
        _ = first.drain(withinSeconds: 1)
        _ = second.drain(withinSeconds: 1)
    }
}
