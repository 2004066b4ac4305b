/// All that is wrong with a text, and what could be read of it.
public struct TextDiagnosis<Proto: ProtoMessage> {
    /// What could be read; nil if reading was given up. Without errors it is what `TextFormat.parse` returns.
    public let message: Message<Proto>?
    /// In the order in which they were found. The first error is the one that `TextFormat.parse` throws.
    public let faults: [TextFault]
    /// Where the values stand.
    public let outline: TextNode

    /// Whether `TextFormat.parse` accepts the text.
    public var isAccepted: Bool { !faults.contains { !$0.isWarning } }
}

extension TextFormat {
    /// Reads `text` as a message of type `Proto` and goes on behind every fault, to find them all.
    ///
    /// Ends early, with the faults so far, after 100 errors, at a limit and where messages are nested too deep.
    ///
    /// - Parameter showsValues: false for texts with secrets, which the faults must not quote.
    public static func diagnose<Proto: ProtoMessage>(
        _ text: UnsafeRawBufferPointer, as _: Proto.Type = Proto.self, limits: Limits = Limits(),
        showsValues: Bool = true
    ) -> TextDiagnosis<Proto> {
        let arena = MessageArena()
        let recorder = TextRecorder(
            Proto.descriptor, missingBraces: TextSurvey(text).missingBraces, showsValues: showsValues)
        var parser = TextParser(text: text, arena: arena, limits: limits, recorder: recorder)
        var message: Message<Proto>?
        do throws(TextError) {
            let pointer = UnsafeMutableRawPointer(try parser.parse(Proto.descriptor))
            message = Message(UnsafePointer(pointer.assumingMemoryBound(to: Proto.self)), in: arena)
        } catch {
            recorder.complete(with: error)
        }
        return TextDiagnosis(message: message, faults: recorder.faults, outline: recorder.root)
    }

    /// Diagnoses a string; see above.
    public static func diagnose<Proto: ProtoMessage>(
        _ text: String, as type: Proto.Type = Proto.self, limits: Limits = Limits()
    ) -> TextDiagnosis<Proto> {
        Array(text.utf8).withUnsafeBytes { diagnose($0, as: type, limits: limits) }
    }
}
