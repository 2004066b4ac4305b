import Glibc

/// Which handler answers which method. Filled before the server starts, never changed after that.
public struct MethodRouter: Sendable {
    /// Called on an event loop with a complete request. It answers by `respond` or `fail`, at once or later and from
    /// any thread; whatever takes longer than a few microseconds belongs on another thread, because the loop serves
    /// other connections too.
    public typealias Handler = @Sendable (GRPCCall) -> Void

    /// Called on an event loop when a call begins; makes what takes the call's messages.
    public typealias StreamingHandler = @Sendable (GRPCCall) -> any RequestReceiver

    /// How the calls of a method go.
    enum Kind: Sendable {
        /// One request, then an answer.
        case unary(Handler)
        /// One request, then messages as long as both sides like.
        case standing(Handler)
        /// Any number of requests, none longer than `maxMessageBytes`, and any number of answers meanwhile.
        case streaming(StreamingHandler, maxMessageBytes: Int)
    }

    final class Route: Sendable {
        let path: [UInt8]
        let kind: Kind

        init(path: [UInt8], kind: Kind) {
            self.path = path
            self.kind = kind
        }
    }

    /// Routes by the length of their path: hardly two share one, so a look-up is one comparison of bytes.
    private var routes: [[Route]] = []

    public init() {}

    /// Answers calls of `path`, for example `/tensorflow.serving.PredictionService/Predict`, by `handler`. A later
    /// registration of the same path replaces the earlier one.
    public mutating func register(_ path: String, _ handler: @escaping Handler) { register(path, .unary(handler)) }

    /// The same for a method whose answer has no natural end. Its calls are not work in progress, and end with
    /// UNAVAILABLE as soon as the server drains.
    public mutating func register(standing path: String, _ handler: @escaping Handler) {
        register(path, .standing(handler))
    }

    /// The same for a method that takes a stream of messages, of `maxMessageBytes` at most. Its calls are not work in
    /// progress, and end with UNAVAILABLE as soon as the server drains.
    public mutating func register(
        streaming path: String, maxMessageBytes: Int, _ handler: @escaping StreamingHandler
    ) {
        register(path, .streaming(handler, maxMessageBytes: maxMessageBytes))
    }

    private mutating func register(_ path: String, _ kind: Kind) {
        let bytes = Array(path.utf8)
        while routes.count <= bytes.count { routes.append([]) }
        routes[bytes.count].removeAll { $0.path == bytes }
        routes[bytes.count].append(Route(path: bytes, kind: kind))
    }

    /// The full names of the services that have a method here, sorted.
    public var serviceNames: [String] {
        let services = routes.joined().compactMap { route -> String? in
            guard let slash = route.path.lastIndex(of: UInt8(ascii: "/")), slash > 1 else { return nil }
            return String(decoding: route.path[1..<slash], as: UTF8.self)
        }
        return Set(services).sorted()
    }

    func route(for path: UnsafeRawBufferPointer) -> Route? {
        guard path.count < routes.count, let first = path.baseAddress else { return nil }
        for route in routes[path.count]
        where route.path.withUnsafeBytes({ memcmp($0.baseAddress!, first, path.count) == 0 }) {
            return route
        }
        return nil
    }
}
