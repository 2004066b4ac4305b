import GRPC
import HTTP
import ServingCore
import Threading
import Transports

/// The address at which alone the server is administrated: gRPC over HTTP/2, and what the REST port shows over HTTP/1.1.
final class AdminServer: Sendable {
    private let grpc: GRPCServer
    private let http: HTTPServer

    /// Few people administrate a server.
    private static let maxConnections = 64

    /// - Parameter rest: limits as for the REST port; nil: the usual ones.
    init(
        _ methods: MethodRouter, _ paths: HTTPRouter, group: EventLoopGroup, grpc options: GRPCServer.Options,
        rest: HTTPServer.Options?
    ) throws(Status) {
        var limits = options
        limits.maxConnections = AdminServer.maxConnections
        let grpc = try GRPCServer(router: methods, group: group, options: limits)
        var options = rest ?? HTTPServer.Options()
        options.threads = 1
        options.maxConnections = AdminServer.maxConnections
        self.grpc = grpc
        http = try HTTPServer(router: paths, group: group, options: options) { grpc.adopt($0) }
    }

    /// Opens the address. Throws what the system said.
    @discardableResult
    func listen(on address: ListenAddress) throws(Status) -> UInt16? { try http.listen(on: address) }

    /// Answers what has been asked and closes, within `nanoseconds`; what is left then is cut.
    /// - Returns: true if nothing had to be cut.
    func drain(withinNanoseconds nanoseconds: UInt64) -> Bool {
        let end = SystemClock().nanoseconds().addingReportingOverflow(nanoseconds)
        let isHTTPComplete = http.drain(withinNanoseconds: nanoseconds)
        let now = SystemClock().nanoseconds()
        let rest = end.overflow ? nanoseconds : end.partialValue > now ? end.partialValue - now : 0
        return grpc.drain(withinNanoseconds: rest) && isHTTPComplete
    }
}
