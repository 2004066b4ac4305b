import JSON
import ServingCore

/// What the lines of the log look like.
public enum LogFormat: String, Sendable, CaseIterable {
    /// TensorFlow's layout.
    case text
    /// One object a line.
    case json

    /// The line of an event, with a line feed.
    public func line(_ event: Log.Event) -> [UInt8] {
        switch self {
        case .text: return Array(event.text.utf8)
        case .json:
            return LogFormat.line([
                ("time", .string(Log.universalTime(event.time))), ("severity", .string(event.severity.name)),
                ("event", .string("log")), ("source", .string("\(event.file):\(event.line)")),
                ("message", .string(event.message)),
            ])
        }
    }

    /// The line of a request, with a line feed.
    public func line(_ entry: AccessEntry, at time: Int64) -> [UInt8] {
        switch self {
        case .text:
            let fields = entry.fields.map { "\($0.0)=\(LogFormat.bare($0.1))" }.joined(separator: " ")
            return Array("\(Log.localTime(time)): I access] \(fields)\n".utf8)
        case .json:
            let head: [(String, JSONValue)] = [
                ("time", .string(Log.universalTime(time))), ("severity", .string(Log.Severity.info.name)),
                ("event", .string("request")),
            ]
            return LogFormat.line(head + entry.fields)
        }
    }

    private static func line(_ members: [(String, JSONValue)]) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONValue.object(members).write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// A value as it stands in a line of text: without quotes where it is one plain word.
    private static func bare(_ value: JSONValue) -> String {
        guard case .string(let text) = value else { return value.text }
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c && $0 != 0x3d }
        return isPlain ? text : value.text
    }
}
