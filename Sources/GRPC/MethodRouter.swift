/// Which handler answers which method. Filled before the server starts, never changed after that.
public struct MethodRouter: Sendable {
    /// Called on an event loop with a complete request. It answers by `respond` or `fail`, at once or later and from
    /// any thread; whatever takes longer than a few microseconds belongs on another thread, because the loop serves
    /// other connections too.
    public typealias Handler = @Sendable (GRPCCall) -> Void

    final class Route: Sendable {
        let path: [UInt8]
        let handler: Handler

        init(path: [UInt8], handler: @escaping Handler) {
            self.path = path
            self.handler = handler
        }
    }

    /// Routes by the length of their path: hardly two share one, so a look-up is one comparison of bytes.
    private var routes: [[Route]] = []

    public init() {}

    /// Answers calls of `path`, for example `/tensorflow.serving.PredictionService/Predict`, by `handler`. A later
    /// registration of the same path replaces the earlier one.
    public mutating func register(_ path: String, _ handler: @escaping Handler) {
        let bytes = Array(path.utf8)
        while routes.count <= bytes.count { routes.append([]) }
        routes[bytes.count].removeAll { $0.path == bytes }
        routes[bytes.count].append(Route(path: bytes, handler: handler))
    }

    func route(for path: UnsafeRawBufferPointer) -> Route? {
        guard path.count < routes.count else { return nil }
        return routes[path.count].first { $0.path.elementsEqual(path) }
    }
}
