import ServingCore
import ServingProtos

/// What the command `check-config` is told to do.
public struct ConfigurationCheckArguments: Sendable, Hashable {
    /// A file and its kind; nil: it is to be recognised.
    public struct File: Sendable, Hashable {
        public var path: String
        public var kind: ConfigurationKind?
    }

    public private(set) var files: [File] = []
    public private(set) var isJSON = false
    /// Whether warnings count like errors.
    public private(set) var isStrict = false
    public private(set) var looksAtBasePaths = true
    public private(set) var asksForHelp = false

    /// INVALID_ARGUMENT for options that do not exist, kinds that do not exist, and when no file is named.
    public init(_ arguments: [String]) throws(Status) {
        var plain: [String] = []
        var kind: ConfigurationKind?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--":
                plain += rest
                rest = []
            case "--json": isJSON = true
            case "--strict": isStrict = true
            case "--offline": looksAtBasePaths = false
            case "--help": asksForHelp = true
            case "-": plain.append(argument)
            case _ where argument.hasPrefix("-"): try takeSetting(argument, &kind)
            default: plain.append(argument)
            }
        }
        files += plain.map { File(path: $0, kind: kind) }
        guard !files.isEmpty || asksForHelp else { throw .invalidArgument("no file is named") }
    }

    private mutating func takeSetting(_ argument: String, _ kind: inout ConfigurationKind?) throws(Status) {
        let parts = argument.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let value = parts.count == 2 ? String(parts[1]) : ""
        if name == "type" {
            kind = ConfigurationKind(rawValue: value)
            guard kind == nil else { return }
            let kinds = ConfigurationKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument("--type takes one of \(kinds); got '\(value)'")
        }
        guard let flagged = ConfigurationKind.allCases.first(where: { $0.flag == name }) else {
            let known = ["json", "strict", "offline", "help", "type"] + ConfigurationKind.allCases.map(\.flag)
            let hint = NameSuggestion.nearest(to: name, in: known).map { "; did you mean --\($0)?" } ?? ""
            throw .invalidArgument("there is no option \(argument)\(hint)")
        }
        guard !value.isEmpty else { throw .invalidArgument("--\(name) takes a file: --\(name)=FILE") }
        files.append(File(path: value, kind: flagged))
    }

    /// The usage text.
    public static func usage(program: String) -> String {
        let kinds = ConfigurationKind.allCases.map { "                  \($0.rawValue) (as for --\($0.flag))\n" }
        return """
            usage: \(program) check-config [OPTIONS] FILE...

            Says everything that is wrong with configuration files, and what would be served. FILE is a text file as
            the server's flags take it; - is standard input. A file is also named by the flag that takes it, as in
            --model_config_file=FILE.

              --type=KIND     what the files are; without it that is recognised by what they hold:

            """ + kinds.joined() + """
                  --strict        warnings count like errors
                  --offline       base paths are not looked at
                  --json          the report is one JSON object
                  --help          prints this text and ends

                Exit status: 0 if the server accepts all files, 1 if something is wrong, 2 if the command is not understood.

                """
    }
}
