/// Lines that wait to be written; bounded in number and in bytes. A line for which there is no room is dropped and counted.
struct LineQueue {
    let lineLimit: Int
    let byteLimit: Int
    private var lines: [LogLine] = []
    /// About; see `LogLine`.
    private(set) var byteCount = 0
    /// Lines that found no room since the queue was made.
    private(set) var dropped: UInt64 = 0
    /// Those of them that nobody has been told of.
    private var unreported: UInt64 = 0

    init(lineLimit: Int, byteLimit: Int) {
        self.lineLimit = lineLimit
        self.byteLimit = byteLimit
    }

    var isEmpty: Bool { lines.isEmpty }

    /// False, and the line is dropped, if there is no room for it.
    mutating func offer(_ line: LogLine) -> Bool {
        let size = line.byteCount
        guard lines.count < lineLimit, size <= byteLimit - byteCount else {
            dropped += 1
            unreported += 1
            return false
        }
        lines.append(line)
        byteCount += size
        return true
    }

    /// Takes everything out, in the order in which it came, with the number of lines that were dropped since the last time.
    mutating func takeAll() -> (lines: [LogLine], dropped: UInt64) {
        defer {
            lines.removeAll(keepingCapacity: true)
            byteCount = 0
            unreported = 0
        }
        return (lines, unreported)
    }
}
