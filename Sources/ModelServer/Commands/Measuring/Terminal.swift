import Glibc
import Threading

/// What is known of the place where people read standard error.
enum Terminal {
    /// Whether standard error is one.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Characters in a line; 80 if nobody tells.
    static var width: Int {
        var size = winsize()
        if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }

    /// Whether the locale says that text is UTF-8.
    static var showsUnicode: Bool { isUnicode(locale: ["LC_ALL", "LC_CTYPE", "LANG"].map(environment)) }

    /// - Parameter names: of the locale, the first that is set and not empty counts.
    static func isUnicode(locale names: [String?]) -> Bool {
        guard let name = names.compactMap({ $0 }).first(where: { !$0.isEmpty })?.lowercased() else { return false }
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// `text` with ASCII characters only.
    static func ascii(_ text: String) -> String {
        String(text.map { $0 == "µ" ? "u" : $0.isASCII ? $0 : "?" })
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A line on standard error that says how far a long command is. Elsewhere than on a terminal, where nothing can be written
/// over, it says so after some seconds and then every now and then.
struct ProgressLine {
    private var length = 0
    private let isShown: Bool
    private let clock: any Clock
    /// When the next line is due where nothing can be written over.
    private var due: UInt64
    private static let pause: UInt64 = 10_000_000_000

    init(_ clock: any Clock = SystemClock(), isShown: Bool = Terminal.isInteractive) {
        self.clock = clock
        self.isShown = isShown
        due = clock.nanoseconds() &+ ProgressLine.pause
    }

    mutating func show(_ text: String) {
        guard isShown else {
            let now = clock.nanoseconds()
            guard now >= due else { return }
            due = now &+ ProgressLine.pause
            return StandardStream.error.write(text + "\n")
        }
        let text = String(text.prefix(max(10, Terminal.width - 1)))
        StandardStream.error.write("\r" + text + String(repeating: " ", count: max(0, length - text.count)))
        length = text.count
    }

    mutating func clear() {
        guard length > 0 else { return }
        StandardStream.error.write("\r" + String(repeating: " ", count: length) + "\r")
        length = 0
    }
}
