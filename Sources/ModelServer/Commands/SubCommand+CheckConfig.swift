import Configuration
import ServingCore

extension SubCommand {
    /// `check-config FILE...`: says what is wrong with configuration files.
    static let checkConfig = SubCommand(
        name: "check-config", summary: "says everything that is wrong with configuration files",
        usage: ConfigurationCheckArguments.usage(program:)
    ) { program, arguments in
        let wanted: ConfigurationCheckArguments
        do throws(Status) {
            wanted = try ConfigurationCheckArguments(arguments)
        } catch {
            StandardStream.error.write("\(program) check-config: \(error.message)\n")
            StandardStream.error.write(ConfigurationCheckArguments.usage(program: program))
            return 2
        }
        if wanted.asksForHelp {
            StandardStream.output.write(ConfigurationCheckArguments.usage(program: program))
            return 0
        }
        let check = wanted.looksAtBasePaths ? ConfigurationCheck() : ConfigurationCheck(lookingAt: nil)
        let reports = wanted.files.map { check.check($0.path, as: $0.kind) }
        if wanted.isJSON {
            StandardStream.output.write(ConfigurationReport.json(reports) + "\n")
        } else {
            for report in reports { StandardStream.output.write(report.text) }
        }
        let isFine = reports.allSatisfy { $0.isAccepted && (!wanted.isStrict || $0.warningCount == 0) }
        return isFine ? 0 : 1
    }
}
