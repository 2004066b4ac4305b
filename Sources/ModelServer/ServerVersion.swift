/// What `--version` tells.
public enum ServerVersion {
    public static let number = "0.1.0"

    /// Two lines, as TensorFlow Serving prints them.
    public static let text = """
        TensorFlow ModelServer: Swift Model Server \(number)
        TensorFlow Library: none
        """
}
