import ServingProtos

/// Something that the check of a file has to say.
public struct Finding: Sendable, Hashable {
    public enum Severity: String, Sendable {
        /// The server refuses the file.
        case error
        /// The server takes the file, but hardly does what somebody wants.
        case warning
    }

    public var severity: Severity
    /// nil: it is about the file as a whole.
    public var place: TextPlace?
    public var text: String
    /// What to do about it.
    public var advice: String?
    public var notes: [TextFault.Note] = []

    init(_ severity: Severity, _ text: String, at place: TextPlace? = nil, advice: String? = nil) {
        self.severity = severity
        self.text = text
        self.place = place
        self.advice = advice
    }

    init(_ fault: TextFault) {
        self.init(fault.isWarning ? .warning : .error, fault.what, at: fault.place, advice: fault.advice)
        notes = fault.notes
    }
}

extension Finding {
    /// What `problem` is in a text with this outline; nil if it may follow from a fault that was reported already.
    init?(_ problem: SettingProblem, in outline: TextNode) {
        guard !([problem.path] + problem.dependsOn).contains(where: outline.hasFaults(around:)) else { return nil }
        self.init(
            problem.isWarning ? .warning : .error, problem.text, at: outline.place(of: problem.path),
            advice: problem.advice)
        guard let related = problem.related else { return }
        notes.append(TextFault.Note(problem.relatedText, at: outline.place(of: related)))
    }
}

extension TextNode {
    /// The innermost value on the way to `path` that is there, and whether it is the end of the way.
    private func nearest(_ path: SettingPath) -> (node: TextNode, isEnd: Bool) {
        var node = self
        for step in path.steps {
            let values = node.values(of: step.name)
            guard step.index < values.count else { return (node, false) }
            node = values[step.index]
        }
        return (node, true)
    }

    /// Where the value at `path` stands, or the message that lacks it.
    func place(of path: SettingPath) -> TextPlace {
        let (node, isEnd) = nearest(path)
        return isEnd ? node.valuePlace : node.place
    }

    /// Whether something could not be read in the value at `path`, or in the message that lacks it.
    func hasFaults(around path: SettingPath) -> Bool { nearest(path).node.hasFaults }
}
