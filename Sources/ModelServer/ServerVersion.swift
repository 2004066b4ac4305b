import Glibc

/// What `--version` tells.
public enum ServerVersion {
    public static let number = "0.1.0"

    /// When this was first asked for, milliseconds since 1970; the server asks when it begins.
    static let startMilliseconds: Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }()

    /// Two lines, as TensorFlow Serving prints them.
    public static let text = """
        TensorFlow ModelServer: Swift Model Server \(number)
        TensorFlow Library: none
        """
}
