import ServingCore

/// The values of all flags after a command line was read.
///
/// The syntax is `--name=value`; a bool is also set by `--name`. Nothing else is a flag: `--port 8500` is two arguments
/// that are unknown. `--` ends the flags; of several settings the last one counts.
public struct Flags: Sendable {
    public let definitions: [FlagDefinition]
    private var values: [String: FlagValue] = [:]
    /// What was left over, in order.
    public private(set) var unknownArguments: [String] = []

    /// Reads `arguments`, which do not hold the program's name.
    ///
    /// INVALID_ARGUMENT `Couldn't interpret value <v> for flag <f>.` if a value is not of its flag's kind.
    public init(
        _ arguments: [String], definitions: [FlagDefinition] = FlagDefinition.all
    ) throws(Status) {
        self.definitions = definitions
        let byName = Dictionary(uniqueKeysWithValues: definitions.map { ($0.name, $0) })
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { break }
            guard let (definition, text) = Flags.match(argument, byName) else {
                unknownArguments.append(argument)
                continue
            }
            guard let value = definition.standard.parsed(text) else {
                throw .invalidArgument("Couldn't interpret value \(text) for flag \(definition.name).")
            }
            values[definition.name] = value
        }
        unknownArguments += rest
    }

    /// The flag that `argument` sets, and the text of its value; nil if it sets none.
    private static func match(
        _ argument: String, _ byName: [String: FlagDefinition]
    ) -> (FlagDefinition, String)? {
        guard argument.hasPrefix("--") else { return nil }
        let setting = argument.dropFirst(2)
        guard let equals = setting.firstIndex(of: "=") else {
            guard let definition = byName[String(setting)], case .bool = definition.standard else { return nil }
            return (definition, "true")
        }
        guard let definition = byName[String(setting[..<equals])] else { return nil }
        return (definition, String(setting[setting.index(after: equals)...]))
    }

    /// The usage text, as `program --help` prints it.
    public static func usage(program: String, definitions: [FlagDefinition] = FlagDefinition.all) -> String {
        "usage: \(program)\nFlags:\n" + definitions.map(\.usageLine).joined()
    }

    /// Whether the command line sets the flag, to whatever value.
    public func isSet(_ name: String) -> Bool { values[name] != nil }

    /// For each flag that asks for something and does nothing, the sentence that says why. A flag that is set to false,
    /// 0 or the empty string asks for nothing.
    public var remarks: [String] {
        definitions.compactMap { definition in
            guard case .none(let reason) = definition.effect, let value = values[definition.name] else { return nil }
            return value.asksForNothing ? nil : "--\(definition.name) has no effect: \(reason)"
        }
    }

    private func value(_ name: String) -> FlagValue {
        if let value = values[name] { return value }
        guard let definition = definitions.first(where: { $0.name == name }) else {
            preconditionFailure("there is no flag \(name)")
        }
        return definition.standard
    }

    /// The value of the bool flag `name`, which must exist; the same holds for the others.
    public func bool(_ name: String) -> Bool {
        guard case .bool(let value) = value(name) else { preconditionFailure("\(name) is no bool flag") }
        return value
    }

    public func int32(_ name: String) -> Int32 {
        guard case .int32(let value) = value(name) else { preconditionFailure("\(name) is no int32 flag") }
        return value
    }

    public func int64(_ name: String) -> Int64 {
        guard case .int64(let value) = value(name) else { preconditionFailure("\(name) is no int64 flag") }
        return value
    }

    /// The value of an int32 or int64 flag.
    public func integer(_ name: String) -> Int64 {
        if case .int32(let value) = value(name) { return Int64(value) }
        return int64(name)
    }

    public func float(_ name: String) -> Float {
        guard case .float(let value) = value(name) else { preconditionFailure("\(name) is no float flag") }
        return value
    }

    public func string(_ name: String) -> String {
        guard case .string(let value) = value(name) else { preconditionFailure("\(name) is no string flag") }
        return value
    }
}
