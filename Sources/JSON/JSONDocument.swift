import CJson
import ServingCore

/// A JSON text that has been read: a flat tape, walked over by `JSONElement`s.
///
/// Elements are valid as long as the document.
public final class JSONDocument: Sendable {
    private let owner: any AnyObject & Sendable
    private nonisolated(unsafe) let words: UnsafePointer<UInt64>
    private nonisolated(unsafe) let strings: UnsafePointer<UInt8>

    /// Lists in lists, and objects in them, may be nested so deep unless told otherwise.
    public static let standardDepth = 64

    /// Reads `text`. The numbers `NaN`, `Infinity` and `-Infinity`, which JSON does not have but TensorFlow Serving's clients
    /// send, are read as strings.
    ///
    /// Throws INVALID_ARGUMENT with what is wrong in half a sentence, RESOURCE_EXHAUSTED if there is not enough memory.
    public convenience init(_ text: UnsafeRawBufferPointer, maximumDepth: Int = standardDepth) throws(Status) {
        self.init(try Tape(text, maximumDepth))
    }

    /// Reads `text`; see above.
    public convenience init(_ text: [UInt8], maximumDepth: Int = standardDepth) throws(Status) {
        self.init(
            try text.withUnsafeBufferPointer { (text) throws(Status) in
                try Tape(UnsafeRawBufferPointer(text), maximumDepth)
            })
    }

    /// Reads what TensorFlow Serving takes, which is more than JSON; see `JSONScanner`. Where a name is given twice, both are there.
    /// - Parameter isPadded: whether 64 bytes behind `text` can be read, so that it need not be copied.
    ///
    /// Throws INVALID_ARGUMENT with TensorFlow Serving's texts, RESOURCE_EXHAUSTED if there is not enough memory.
    public convenience init(lenient text: UnsafeRawBufferPointer, isPadded: Bool = false) throws(Status) {
        guard text.count > 0 else { throw .invalidArgument("JSON Parse error: The document is empty") }
        if let tape = try JSONDocument.quickTape(text, isPadded: isPadded) {
            self.init(tape)
        } else {
            self.init(try JSONDocument.scannedTape(text))
        }
    }

    /// What simdjson makes of `text`; nil if it refuses it.
    private static func quickTape(_ text: UnsafeRawBufferPointer, isPadded: Bool) throws(Status) -> Tape? {
        let tape = try Tape()
        let error = tape.read(text, isPadded: isPadded, quickDepth)
        guard error != 0 else { return tape }
        guard !cjson_is_memory_error(error) else {
            throw .resourceExhausted("no memory is left to read \(text.count) bytes of JSON")
        }
        return nil
    }

    private static func scannedTape(_ text: UnsafeRawBufferPointer) throws(Status) -> ScannedTape {
        let tape = try ScannedTape(forText: text.count)
        var scanner = JSONScanner(text, into: tape)
        do throws(JSONFault) {
            try scanner.scan()
        } catch {
            throw .invalidArgument("JSON Parse error: \(error.text) at offset: \(error.offset)")
        }
        return tape
    }

    /// What is nested deeper is left to the scanner.
    private static let quickDepth = 256

    private convenience init(_ tape: Tape) {
        self.init(tape, words: cjson_tape(tape.reader), strings: cjson_strings(tape.reader))
    }

    private convenience init(_ tape: ScannedTape) { self.init(tape, words: tape.words, strings: tape.strings) }

    private init(_ owner: any AnyObject & Sendable, words: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>) {
        self.owner = owner
        self.words = words
        self.strings = strings
    }

    /// The outermost value.
    public var root: JSONElement {
        JSONElement(tape: words, strings: strings, index: 1)
    }

    /// Owns the library's reader, which is not used for a second text.
    private final class Tape: @unchecked Sendable {
        let reader: OpaquePointer

        init() throws(Status) {
            guard let reader = cjson_reader_create() else { throw .resourceExhausted("no memory is left to read JSON") }
            self.reader = reader
        }

        convenience init(_ text: UnsafeRawBufferPointer, _ maximumDepth: Int) throws(Status) {
            try self.init()
            var error = read(text, isPadded: false, maximumDepth)
            if error != 0, let quoted = NonFiniteNumbers.quoted(in: text) {
                error = quoted.withUnsafeBytes { read($0, isPadded: false, maximumDepth) }
            }
            guard error == 0 else {
                let reason = "cannot be read as JSON: \(String(cString: cjson_error_text(error)))"
                throw cjson_is_memory_error(error) ? .resourceExhausted(reason) : .invalidArgument(reason)
            }
        }

        deinit { cjson_reader_destroy(reader) }

        /// Reads `text`; returns 0 or the number of an error.
        func read(_ text: UnsafeRawBufferPointer, isPadded: Bool, _ depth: Int) -> Int32 {
            let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return cjson_read(reader, start, text.count, isPadded, depth)
        }
    }
}
