import ServingProtos

extension FlagDefinition {
    /// Whether `argument` is a known flag that lacks the value it needs, as in `--port 8500`.
    public static func takesValue(_ argument: String) -> Bool {
        guard let definition = all.first(where: { "--\($0.name)" == argument }) else { return false }
        if case .bool = definition.standard { return false }
        return true
    }
}

extension Flags {
    /// What somebody who wrote the unknown `argument` may have meant, as a sentence; nil if there is no good guess.
    /// - Parameter commands: the words that may stand instead of flags.
    public static func advice(
        on argument: String, commands: [String], definitions: [FlagDefinition] = FlagDefinition.all
    ) -> String? {
        guard argument.hasPrefix("-") else {
            return NameSuggestion.nearest(to: argument, in: commands).map { "Did you mean the command \($0)?" }
        }
        let setting = argument.drop { $0 == "-" }
        let name = String(setting.prefix { $0 != "=" })
        if let known = definitions.first(where: { $0.name == name }) {
            guard argument.hasPrefix("--") else { return "Flags begin with two dashes: --\(setting)" }
            return setting.contains("=") ? nil : "Its value is written as --\(known.name)=VALUE, without a blank."
        }
        return NameSuggestion.nearest(to: name, in: definitions.map(\.name)).map { "Did you mean --\($0)?" }
    }
}
