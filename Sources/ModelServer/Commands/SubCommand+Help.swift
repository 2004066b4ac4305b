import Configuration

extension SubCommand {
    /// `help [COMMAND]`: what the program can do.
    static let help = SubCommand(
        name: "help", summary: "prints this text, or that of a command",
        usage: { "usage: \($0) help [COMMAND]\n" }
    ) { program, arguments in
        guard let name = arguments.first else {
            StandardStream.output.write(overview(program: program))
            return 0
        }
        guard let command = named(name) else {
            StandardStream.error.write("\(program) help: there is no command \(name)\n\(list)")
            return 2
        }
        StandardStream.output.write(command.usage(program))
        return 0
    }

    private static func overview(program: String) -> String {
        "usage: \(program) [FLAGS]            serves models\n       \(program) COMMAND [OPTIONS]\n"
            + list + Flags.usage(program: program)
    }

    private static var list: String {
        let lines = all.map { command in
            let padding = String(repeating: " ", count: max(0, 16 - command.name.utf8.count))
            return "\t\(command.name)\(padding)\t\(command.summary)\n"
        }
        return "Commands:\n" + lines.joined()
    }
}
