import ServingCore
import Testing

@testable import Configuration

private typealias File = ConfigurationCheckArguments.File

@Test func checkArgumentsAreRead() throws {
    let arguments = try ConfigurationCheckArguments([
        "a", "--json", "--batching_parameters_file=b", "--strict", "-", "--offline", "--", "--odd",
    ])
    #expect(
        arguments.files == [
            File(path: "b", kind: .batching), File(path: "a", kind: nil), File(path: "-", kind: nil),
            File(path: "--odd", kind: nil),
        ])
    #expect(arguments.isJSON && arguments.isStrict && !arguments.looksAtBasePaths && !arguments.asksForHelp)
    #expect(try ConfigurationCheckArguments(["a", "--type=ssl"]).files == [File(path: "a", kind: .ssl)])
    #expect(try ConfigurationCheckArguments(["--help"]).asksForHelp)
}

@Test(arguments: [
    ([], "no file is named"), (["--json"], "no file is named"),
    (["--type=tls", "a"], "--type takes one of models, batching, ssl, monitoring, platform, session; got 'tls'"),
    (["--type", "a"], "--type takes one of models, batching, ssl, monitoring, platform, session; got ''"),
    (["--jsn", "a"], "there is no option --jsn; did you mean --json?"),
    (["-x", "a"], "there is no option -x"),
    (["--model_config_file"], "--model_config_file takes a file: --model_config_file=FILE"),
    (["--model_config_fil=a"], "there is no option --model_config_fil=a; did you mean --model_config_file?"),
])
func checkArgumentsThatAreNotUnderstoodAreRefused(arguments: [String], message: String) {
    #expect(throws: Status.invalidArgument(message)) { try ConfigurationCheckArguments(arguments) }
}

@Test func usageNamesEveryKind() {
    let usage = ConfigurationCheckArguments.usage(program: "p")
    #expect(usage.hasPrefix("usage: p check-config "))
    for kind in ConfigurationKind.allCases { #expect(usage.contains("\(kind.rawValue) (as for --\(kind.flag))")) }
}

@Test(arguments: [
    ("chek-config", "Did you mean the command check-config?"), ("8501", nil), ("serve", nil),
    ("--port", "Its value is written as --port=VALUE, without a blank."), ("--prot=8500", "Did you mean --port?"),
    ("-port=1", "Flags begin with two dashes: --port=1"), ("--xyzzy", nil), ("-", nil), ("", nil),
])
func unknownArgumentsGetASuggestion(argument: String, advice: String?) {
    #expect(Flags.advice(on: argument, commands: ["check-config", "help"]) == advice)
}

@Test func flagsThatLackTheirValueAreKnown() {
    #expect(FlagDefinition.takesValue("--port") && FlagDefinition.takesValue("--model_name"))
    #expect(!FlagDefinition.takesValue("--enable_batching") && !FlagDefinition.takesValue("--port=1"))
    #expect(!FlagDefinition.takesValue("--nosuch"))
}
