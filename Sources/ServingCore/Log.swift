import Glibc
import Synchronization

/// One line per event on standard error, in TensorFlow's layout: `time: S File.swift:line] message`.
///
/// Unless `redirect` hands events to somebody else, a line costs a system call that may wait for the reader of a pipe.
/// `TF_CPP_MIN_LOG_LEVEL` (0 = all, 1 = no information, 2 = errors only, 3 = fatal only) is honoured.
public enum Log {
    public enum Severity: Int, Sendable {
        case info = 0
        case warning = 1
        case error = 2
        case fatal = 3

        /// The name as structured logs show it.
        public var name: String {
            switch self {
            case .info: "INFO"
            case .warning: "WARNING"
            case .error: "ERROR"
            case .fatal: "FATAL"
            }
        }

        public var letter: String {
            switch self {
            case .info: "I"
            case .warning: "W"
            case .error: "E"
            case .fatal: "F"
            }
        }
    }

    /// One event, before it is put into words.
    public struct Event: Sendable {
        public let severity: Severity
        /// The name of the source file that tells of it, without folders.
        public let file: String
        public let line: Int
        public let message: String
        /// Nanoseconds since 1970.
        public let time: Int64

        public init(severity: Severity, file: String, line: Int, message: String, time: Int64) {
            self.severity = severity
            self.file = file
            self.line = line
            self.message = message
            self.time = time
        }

        /// In TensorFlow's layout, with a line feed; the time is local.
        public var text: String { "\(Log.localTime(time)): \(severity.letter) \(file):\(line)] \(message)\n" }
    }

    /// Takes events; called on any thread, must not wait for anything.
    public typealias Output = @Sendable (Event) -> Void

    private static let output = Mutex<Output?>(nil)

    private static let minimum: Int = getenv("TF_CPP_MIN_LOG_LEVEL").flatMap { Int(String(cString: $0)) } ?? 0

    private static let verbosity: Int = getenv("TF_CPP_MAX_VLOG_LEVEL").flatMap { Int(String(cString: $0)) } ?? 0

    /// Hands events to `output` instead of writing them; nil: they are written again, by the thread that tells of them.
    public static func redirect(to output: Output?) { Log.output.withLock { $0 = output } }

    /// For those who look for the cause of something: written only if `TF_CPP_MAX_VLOG_LEVEL` is above 0.
    public static func debug(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: Int = #line) {
        if verbosity > 0 { write(.info, message, file, line) }
    }

    public static func info(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: Int = #line) {
        write(.info, message, file, line)
    }

    public static func warning(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: Int = #line) {
        write(.warning, message, file, line)
    }

    public static func error(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: Int = #line) {
        write(.error, message, file, line)
    }

    private static func write(_ severity: Severity, _ message: () -> String, _ file: StaticString, _ line: Int) {
        guard severity.rawValue >= minimum else { return }
        let path = file.description
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let event = Event(severity: severity, file: name, line: line, message: message(), time: WallClock.nanoseconds())
        if let output = output.withLock({ $0 }) { return output(event) }
        var text = event.text
        text.withUTF8 { writeToStandardError(UnsafeRawBufferPointer($0)) }
    }

    /// Writes all of `bytes`, however long that takes; gives up if standard error is closed.
    public static func writeToStandardError(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
    }

    /// `2026-01-31 23:59:59.123456`, local.
    public static func localTime(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var calendar = tm()
        localtime_r(&seconds, &calendar)
        return text(calendar, separator: " ", microseconds: Int(nanoseconds % 1_000_000_000) / 1000)
    }

    /// `2026-01-31T23:59:59.123456Z`, in the form of RFC 3339.
    public static func universalTime(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var calendar = tm()
        gmtime_r(&seconds, &calendar)
        return text(calendar, separator: "T", microseconds: Int(nanoseconds % 1_000_000_000) / 1000) + "Z"
    }

    private static func text(_ calendar: tm, separator: String, microseconds: Int) -> String {
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date =
            "\(calendar.tm_year + 1900)-\(padded(Int(calendar.tm_mon) + 1, 2))-\(padded(Int(calendar.tm_mday), 2))"
        let time = [calendar.tm_hour, calendar.tm_min, calendar.tm_sec].map { padded(Int($0), 2) }
        return "\(date)\(separator)\(time.joined(separator: ":")).\(padded(microseconds, 6))"
    }
}
