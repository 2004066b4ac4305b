import Batching
import CServingProtos
import Servables
import ServingCore
import ServingProtos

/// Checks configuration files: finds everything that the server would refuse, and what it would take but hardly do as
/// somebody wants.
///
/// A file has no errors exactly if the server accepts it for the flag of its kind.
public struct ConfigurationCheck {
    private let fileSystem: (any FileSystem)?

    /// - Parameter fileSystem: where base paths are looked at; nil: nowhere.
    public init(lookingAt fileSystem: (any FileSystem)? = LocalFileSystem()) { self.fileSystem = fileSystem }

    /// Checks the file at `path`, or standard input if that is `-`.
    /// - Parameter kind: nil: it is recognised by what the file holds.
    public func check(_ path: String, as kind: ConfigurationKind? = nil) -> ConfigurationReport {
        do throws(Status) {
            let bytes = try ConfigurationFile.contents(of: path == "-" ? "/dev/stdin" : path)
            return bytes.withUnsafeBytes { check($0, named: path, as: kind) }
        } catch {
            var report = ConfigurationReport(file: path)
            report.kind = kind
            report.add([Finding(.error, error.message)])
            return report
        }
    }

    /// Checks the text of a file that is called `path`.
    func check(
        _ text: UnsafeRawBufferPointer, named path: String, as kind: ConfigurationKind? = nil
    ) -> ConfigurationReport {
        var report = ConfigurationReport(file: path)
        let recognised = kind == nil ? ConfigurationKind.recognise(text, fileName: path) : nil
        report.kind = kind ?? recognised?.kind
        report.assumption = recognised?.why
        switch report.kind ?? .models {
        case .models: checkModels(text, &report)
        case .batching:
            check(text, Tensorflow__Serving__BatchingParameters.self, &report) { message in
                var problems: [SettingProblem] = []
                message.read { _ = BatchingParameters($0, problems: &problems) }
                return problems
            }
        case .ssl: checkTLS(text, &report)
        case .monitoring: check(text, Tensorflow__Serving__MonitoringConfig.self, &report, MonitoringRemarks.problems)
        case .platform: check(text, Tensorflow__Serving__PlatformConfigMap.self, &report) { _ in [] }
        case .session: check(text, Tensorflow__ConfigProto.self, &report) { _ in [] }
        }
        if report.kind != .ssl { report.lines = SourceLines.find(report.findings.compactMap(\.place?.line), in: text) }
        return report
    }

    private func check<Proto: ProtoMessage>(
        _ text: UnsafeRawBufferPointer, _ type: Proto.Type, _ report: inout ConfigurationReport,
        _ problems: (Message<Proto>) -> [SettingProblem]
    ) {
        // Keys are nobody's business.
        let diagnosis = TextFormat.diagnose(text, as: type, showsValues: report.kind != .ssl)
        report.add(diagnosis.faults.map { ConfigurationCheck.withAdvice(Finding($0)) })
        guard let message = diagnosis.message else { return }
        let problems = problems(message)
        let ordered = problems.filter { !$0.isWarning } + problems.filter(\.isWarning)
        let shown = ordered.prefix(ConfigurationReport.mostFindings)
        report.add(shown.compactMap { Finding($0, in: diagnosis.outline) })
        report.hiddenCount += ordered.count - shown.count
    }

    private func checkModels(_ text: UnsafeRawBufferPointer, _ report: inout ConfigurationReport) {
        let folder = FilePath.folder(of: report.file == "-" ? "" : report.file)
        var models: [ServedModel] = []
        check(text, Tensorflow__Serving__ModelServerConfig.self, &report) { message in
            var problems: [SettingProblem] = []
            var paths: [String: SettingPath] = [:]
            let configuration = message.read {
                ModelServerConfiguration($0, relativeTo: folder, problems: &problems, paths: &paths)
            }
            models = configuration.models.map { ServedModel(model: $0) }
            if let fileSystem {
                var looks = ServedModels(in: fileSystem)
                for model in configuration.models { looks.look(at: model, paths[model.name] ?? SettingPath()) }
                models = looks.models
                problems += looks.problems
            }
            let relative = ConfigurationCheck.modelsWithRelativePaths(message)
            for index in models.indices { models[index].isRelative = relative.contains(models[index].model.name) }
            return problems
        }
        report.models = models
    }

    private static func modelsWithRelativePaths(
        _ message: Message<Tensorflow__Serving__ModelServerConfig>
    ) -> Set<String> {
        message.read { config in
            guard config.pointee.config_case == TENSORFLOW__SERVING__MODEL_SERVER_CONFIG__CONFIG_MODEL_CONFIG_LIST,
                let list = config.pointee.model_config_list
            else {
                return []
            }
            let models = Repeated.messages(list.pointee.config, list.pointee.n_config)
            let relative = models.filter {
                let path = String(proto: $0.pointee.base_path)
                return !path.hasPrefix("/") && !path.contains("://")
            }
            return Set(relative.map { String(proto: $0.pointee.name) })
        }
    }

    private func checkTLS(_ text: UnsafeRawBufferPointer, _ report: inout ConfigurationReport) {
        guard PEMText.isPEM(text) else {
            return check(text, Tensorflow__Serving__SSLConfig.self, &report, TLSConfiguration.findings)
        }
        report.add([
            Finding(
                .error, "The file is PEM itself; the server expects an SSLConfig, which holds PEM as texts",
                at: TextPlace(line: 1, column: 1),
                advice:
                    "write server_key: and server_cert:, each followed by the lines of the PEM file as strings that "
                    + "end with \\n")
        ])
    }

    /// Deprecated fields have a successor that only their name tells.
    private static func withAdvice(_ finding: Finding) -> Finding {
        guard finding.severity == .warning, finding.advice == nil, finding.text.hasPrefix("\"model_type\"") else {
            return finding
        }
        var finding = finding
        finding.advice = "write model_platform: \"tensorflow\" instead"
        return finding
    }
}

/// What is noteworthy about monitoring settings that are read.
enum MonitoringRemarks {
    static func problems(_ message: Message<Tensorflow__Serving__MonitoringConfig>) -> [SettingProblem] {
        message.read { config in
            guard let prometheus = config.pointee.prometheus_config else { return [] }
            let place = SettingPath("prometheus_config")
            var problems: [SettingProblem] = []
            if prometheus.pointee.enable == 0 {
                let text = "prometheus_config without enable: true shows no metrics"
                problems.append(.warning(text, at: place.appending("enable")))
            }
            let path = String(proto: prometheus.pointee.path)
            if !path.isEmpty, !MonitoringConfiguration.isPath(path) {
                let advice = MonitoringConfiguration.isPath("/\(path)") ? "write path: \"/\(path)\"" : nil
                let text = "The path \(path) can't be asked for; it \(MonitoringConfiguration.pathRule)"
                problems.append(SettingProblem(text, at: place.appending("path"), advice: advice))
            }
            return problems
        }
    }
}
