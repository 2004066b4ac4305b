import Glibc

/// One line per event on standard error, in TensorFlow's layout: `time: S File.swift:line] message`.
///
/// Not for the request path: a line costs a system call. `TF_CPP_MIN_LOG_LEVEL` (0 = all, 1 = no information,
/// 2 = errors only, 3 = fatal only) is honoured.
public enum Log {
    public enum Severity: Int, Sendable {
        case info = 0
        case warning = 1
        case error = 2
        case fatal = 3

        var letter: String {
            switch self {
            case .info: "I"
            case .warning: "W"
            case .error: "E"
            case .fatal: "F"
            }
        }
    }

    private static let minimum: Int = getenv("TF_CPP_MIN_LOG_LEVEL").flatMap { Int(String(cString: $0)) } ?? 0

    private static let verbosity: Int = getenv("TF_CPP_MAX_VLOG_LEVEL").flatMap { Int(String(cString: $0)) } ?? 0

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
        var text = "\(timestamp()): \(severity.letter) \(name):\(line)] \(message())\n"
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var calendar = tm()
        localtime_r(&now.tv_sec, &calendar)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date =
            "\(calendar.tm_year + 1900)-\(padded(Int(calendar.tm_mon) + 1, 2))-\(padded(Int(calendar.tm_mday), 2))"
        let time = [calendar.tm_hour, calendar.tm_min, calendar.tm_sec].map { padded(Int($0), 2) }
        return "\(date) \(time.joined(separator: ":")).\(padded(now.tv_nsec / 1000, 6))"
    }
}
