/// A position in a text: line and column (in bytes) count from 1.
public struct TextPlace: Sendable, Hashable, Comparable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: TextPlace, b: TextPlace) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// Something wrong with a text, or worth a warning.
public struct TextFault: Sendable, Hashable {
    /// A sentence that belongs to a fault, and the place that it is about if that is another one.
    public struct Note: Sendable, Hashable {
        public var place: TextPlace?
        public var what: String

        public init(_ what: String, at place: TextPlace? = nil) {
            self.what = what
            self.place = place
        }
    }

    /// Whether the text is read all the same.
    public var isWarning: Bool
    public var place: TextPlace
    public var what: String
    /// What to do about it, as far as that can be guessed.
    public var advice: String?
    public var notes: [Note]

    public init(
        _ what: String, at place: TextPlace, advice: String? = nil, notes: [Note] = [], isWarning: Bool = false
    ) {
        self.what = what
        self.place = place
        self.advice = advice
        self.notes = notes
        self.isWarning = isWarning
    }
}
