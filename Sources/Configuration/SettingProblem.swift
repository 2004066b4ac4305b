/// The way from a configuration message to one of its fields.
public struct SettingPath: Sendable, Hashable {
    /// A field, and which of its values if it is repeated.
    public struct Step: Sendable, Hashable {
        public var name: String
        public var index = 0
    }

    public private(set) var steps: [Step] = []

    /// The message itself.
    public init() {}

    /// The field `name` of the message itself.
    public init(_ name: String) { steps = [Step(name: name)] }

    /// The field `name` of the message at this path, or its value `index` if it is repeated.
    public func appending(_ name: String, _ index: Int = 0) -> SettingPath {
        var path = self
        path.steps.append(Step(name: name, index: index))
        return path
    }
}

/// Something wrong with a setting of a configuration file, and the field that it is about.
public struct SettingProblem: Sendable, Hashable {
    public var path: SettingPath
    public var text: String
    /// What to do about it.
    public var advice: String?
    /// Another field that has to do with it, and what is to be said of that.
    public var related: SettingPath?
    public var relatedText = ""
    /// Further fields that the problem follows from.
    public var dependsOn: [SettingPath] = []
    /// Whether the server accepts the setting all the same.
    public var isWarning: Bool

    public init(_ text: String, at path: SettingPath, advice: String? = nil, isWarning: Bool = false) {
        self.text = text
        self.path = path
        self.advice = advice
        self.isWarning = isWarning
    }

    /// A sentence about a setting that is accepted but does nothing, or not what one may expect.
    static func warning(_ text: String, at path: SettingPath, advice: String? = nil) -> SettingProblem {
        SettingProblem(text, at: path, advice: advice, isWarning: true)
    }

    /// The same problem, which follows from the fields `names` of the message itself, too.
    func following(from names: String...) -> SettingProblem {
        var problem = self
        problem.dependsOn = names.map { SettingPath($0) }
        return problem
    }
}
