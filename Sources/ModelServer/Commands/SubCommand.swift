import Configuration

/// A word on the command line that makes the program do something else than serve.
struct SubCommand {
    let name: String
    /// Half a sentence for the list of commands.
    let summary: String
    let usage: @Sendable (_ program: String) -> String
    /// Does what the arguments behind the word say; returns the exit status.
    let run: @Sendable (_ program: String, _ arguments: [String]) -> Int32

    /// Every command; a new one is a file of its own and a name here.
    static let all: [SubCommand] = [.inspect, .check, .run, .tuneBatching, .bench, .ops, .checkConfig, .help]

    static func named(_ name: String) -> SubCommand? { all.first { $0.name == name } }

    /// The command that `arguments` ask for and the arguments behind it; nil if they ask for the server.
    ///
    /// The word is the first argument that does not begin with two dashes, so that flags that a container image puts in
    /// front do no harm. A word behind a flag that lacks its value is taken for that value, as it was meant.
    static func find(in arguments: [String]) -> (command: SubCommand, arguments: [String])? {
        guard let index = arguments.firstIndex(where: { !$0.hasPrefix("--") || $0 == "--" }),
            let command = named(arguments[index])
        else {
            return nil
        }
        if index > 0, FlagDefinition.takesValue(arguments[index - 1]) { return nil }
        return (command, Array(arguments[(index + 1)...]))
    }
}
