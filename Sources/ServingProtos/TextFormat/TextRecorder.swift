import CProtobufC

/// What a diagnosis of a text has found so far: faults, the places of the values, and what is open right now.
final class TextRecorder {
    /// More faults than these help nobody.
    static let mostFaults = 100
    /// Places are kept for so many values; texts with more are not written by hand.
    static let mostNodes = 100_000

    /// A message whose fields are being read.
    struct Level {
        var descriptor: MessageDescriptor
        /// Where its brace stands.
        var brace: TextPlace
    }

    private(set) var faults: [TextFault] = []
    private var errorCount = 0
    /// The line of the error that was found last.
    private(set) var lastErrorLine: Int?
    let root = TextNode(name: "", place: TextPlace(line: 1, column: 1), valuePlace: TextPlace(line: 1, column: 1))
    private var nodes: [TextNode]
    private var nodeCount = 0
    private(set) var levels: [Level]
    /// The message that was closed last, with the place of its opening brace.
    private(set) var closedLast: Level?
    /// How many levels are to stay open where closing braces are missing; nil: none is missing here.
    private var levelsToKeep: Int?
    /// Whether reading was given up.
    private(set) var isComplete = false
    /// How many closing braces the text still lacks; negative: has too many.
    private(set) var missingBraces: Int
    private var hasRefusedEnd = false
    /// Whether faults may quote values.
    let showsValues: Bool

    init(_ descriptor: MessageDescriptor, missingBraces: Int, showsValues: Bool = true) {
        self.showsValues = showsValues
        self.missingBraces = missingBraces
        nodes = [root]
        levels = [Level(descriptor: descriptor, brace: TextPlace(line: 1, column: 1))]
        root.isWhole = true
    }

    // MARK: Places

    /// The value whose fields are being read.
    var node: TextNode { nodes.last ?? root }

    func open(_ descriptor: MessageDescriptor, at brace: TextPlace) {
        levels.append(Level(descriptor: descriptor, brace: brace))
    }

    func close() { closedLast = levels.popLast() }

    func beginValue(of field: FieldDescriptor, at place: TextPlace, value: TextPlace) -> TextNode {
        let node = TextNode(name: field.name, place: place, valuePlace: value)
        nodeCount += 1
        if nodeCount <= TextRecorder.mostNodes { self.node.children.append(node) }
        nodes.append(node)
        if field.isDeprecated { warn("\"\(field.name)\" is deprecated.", at: place) }
        return node
    }

    func endValue() { nodes.removeLast() }

    /// A note that says where the field `name` of this message was given before.
    func earlier(_ name: String) -> [TextFault.Note] {
        guard let before = node.children.first(where: { $0.name == name }) else { return [] }
        return [TextFault.Note("\"\(name)\" is given here", at: before.place)]
    }

    // MARK: Faults

    private func warn(_ what: String, at place: TextPlace) {
        guard faults.count < TextRecorder.mostFaults else { return }
        faults.append(TextFault(what, at: place, isWarning: true))
    }

    /// Keeps an error. Throws when there are so many that the rest is not worth reading, or when nothing can be read
    /// behind this one.
    func add(_ error: TextError, advice: String? = nil) throws(TextError) {
        errorCount += 1
        lastErrorLine = error.line
        node.hasFaults = true
        faults.append(TextFault(error.what, at: error.place, advice: advice, notes: error.notes))
        if error.isLast {
            isComplete = true
            throw error
        }
        guard errorCount >= TextRecorder.mostFaults else { return }
        var last = error
        last.isLast = true
        isComplete = true
        let what = "There are more errors than \(TextRecorder.mostFaults); the rest is not shown."
        faults.append(TextFault(what, at: error.place))
        throw last
    }

    /// Keeps the error that ended the reading, unless it was kept before.
    func complete(with error: TextError) {
        guard !isComplete else { return }
        errorCount += 1
        isComplete = true
        faults.append(TextFault(error.what, at: error.place, notes: error.notes))
    }

    /// Keeps the error that the text ends inside of messages: once, with the places of all braces that are open.
    func addEnd(_ error: TextError) throws(TextError) {
        guard !hasRefusedEnd else { return }
        hasRefusedEnd = true
        var error = error
        error.notes = levels.dropFirst().reversed().map { TextFault.Note("this is not closed", at: $0.brace) }
        try add(error, advice: "close what is open, or remove a brace that is too many")
    }

    // MARK: Missing braces

    /// Takes the closing braces as written that lead out to level `level`; false if the text does not lack so many.
    func supplyBraces(downTo level: Int) -> Bool {
        let count = levels.count - 1 - level
        guard count <= missingBraces else { return false }
        missingBraces -= count
        levelsToKeep = level + 1
        return true
    }

    /// Whether the message that is being read ends by a brace that was taken as written.
    var endsHere: Bool {
        guard let levelsToKeep else { return false }
        if levels.count > levelsToKeep { return true }
        self.levelsToKeep = nil
        return false
    }
}
