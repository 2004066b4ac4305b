import Configuration
import ServingCore
import TestSupport
import Testing

@Suite struct MonitoringConfigurationTests {
    private let folder = TemporaryDirectory()

    private func configuration(_ text: String) throws -> MonitoringConfiguration {
        try MonitoringConfiguration(contentsOf: folder.write("monitoring.config", text))
    }

    @Test func fileTurnsMetricsOnAndOff() throws {
        #expect(MonitoringConfiguration().isEnabled)
        #expect(try configuration("prometheus_config { enable: true }") == MonitoringConfiguration())
        #expect(try configuration("prometheus_config { enable: true path: '/a/b' }").path == "/a/b")
        #expect(try !configuration("prometheus_config { path: '/a/b' }").isEnabled)
        #expect(try !configuration("").isEnabled)
    }

    @Test func pathThatCannotBeAskedForIsRefused() {
        for path in ["metrics", "/a b", "/a?b", "/é"] {
            #expect(throws: Status.self) { try configuration("prometheus_config { enable: true path: '\(path)' }") }
        }
        #expect(throws: Status.invalidArgument("Invalid protobuf file: '\(folder.path)/monitoring.config'")) {
            try configuration("prometheus_config { enabled: true }")
        }
    }
}
