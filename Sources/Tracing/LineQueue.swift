/// Lines that wait to be written; bounded in number and in bytes. A line for which there is no room is dropped and counted.
struct LineQueue {
    let lineLimit: Int
    let byteLimit: Int
    private var lines: [[UInt8]] = []
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
    mutating func offer(_ line: [UInt8]) -> Bool {
        guard lines.count < lineLimit, line.count <= byteLimit - byteCount else {
            dropped += 1
            unreported += 1
            return false
        }
        lines.append(line)
        byteCount += line.count
        return true
    }

    /// Takes everything out, in the order in which it came, with the number of lines that were dropped since the last time.
    mutating func takeAll() -> (lines: [[UInt8]], dropped: UInt64) {
        defer {
            lines.removeAll(keepingCapacity: true)
            byteCount = 0
            unreported = 0
        }
        return (lines, unreported)
    }
}
