import ServingCore

/// What `--version` tells.
public enum ServerVersion {
    public static let number = "0.1.0"

    /// When this was first asked for, milliseconds since 1970; the server asks when it begins.
    static let startMilliseconds: Int64 = WallClock.milliseconds()

    /// Two lines, as TensorFlow Serving prints them.
    public static let text = """
        TensorFlow ModelServer: Swift Model Server \(number)
        TensorFlow Library: none
        """
}
