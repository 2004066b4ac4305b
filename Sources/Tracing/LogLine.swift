import ServingCore

/// A line of the log before it is put into words, which is done by who writes it.
public enum LogLine: Sendable {
    case event(Log.Event)
    /// A request that was answered at `time`, nanoseconds since 1970.
    case access(AccessEntry, time: Int64)

    /// About what it takes in memory and as text.
    var byteCount: Int {
        switch self {
        case .event(let event): 200 + event.message.utf8.count
        case .access(let entry, _): 400 + entry.model.utf8.count + entry.signature.utf8.count
        }
    }
}

extension LogFormat {
    /// The line with a line feed.
    public func text(of line: LogLine) -> [UInt8] {
        switch line {
        case .event(let event): self.line(event)
        case .access(let entry, let time): self.line(entry, at: time)
        }
    }
}
