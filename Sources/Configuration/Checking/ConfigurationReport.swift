import ServingProtos

/// What the check of one file found.
public struct ConfigurationReport: Sendable {
    /// More findings than these help nobody.
    static let mostFindings = 250

    /// As it was given.
    public let file: String
    /// nil: the file cannot be read.
    public internal(set) var kind: ConfigurationKind?
    /// Why this kind was assumed, as a sentence's end; nil if it was given.
    public internal(set) var assumption: String?
    /// In the order of their places.
    public internal(set) var findings: [Finding] = []
    /// Findings that are not shown because there are so many.
    public internal(set) var hiddenCount = 0
    /// What would be served, in the order of the file; of `models` only.
    public internal(set) var models: [ServedModel] = []
    /// The lines that findings are about, as far as they may be shown.
    var lines: [Int: String] = [:]

    init(file: String) { self.file = file }

    public var errorCount: Int { findings.count { $0.severity == .error } }

    public var warningCount: Int { findings.count { $0.severity == .warning } }

    /// Whether the server accepts the file.
    public var isAccepted: Bool { errorCount == 0 }

    /// Adds `more`, errors before warnings as long as there is room, and puts all in order.
    mutating func add(_ more: [Finding]) {
        let wanted = more.filter { $0.severity == .error } + more.filter { $0.severity == .warning }
        let room = max(0, ConfigurationReport.mostFindings - findings.count)
        findings += wanted.prefix(room)
        hiddenCount += max(0, wanted.count - room)
        findings = findings.enumerated().sorted { a, b in
            (a.element.place ?? .start, a.offset) < (b.element.place ?? .start, b.offset)
        }.map(\.element)
    }
}

extension TextPlace {
    fileprivate static let start = TextPlace(line: 0, column: 0)
}
