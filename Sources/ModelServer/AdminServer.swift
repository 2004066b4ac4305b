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

    /// - Parameters: limits as for the ports of all calls.
    init(
        _ methods: MethodRouter, _ paths: HTTPRouter, group: EventLoopGroup, grpc options: GRPCServer.Options,
        http limits: HTTPServer.Options
    ) throws(Status) {
        var options = options
        options.maxConnections = AdminServer.maxConnections
        let grpc = try GRPCServer(router: methods, group: group, options: options)
        var limits = limits
        limits.threads = 1
        limits.maxConnections = AdminServer.maxConnections
        self.grpc = grpc
        http = try HTTPServer(router: paths, group: group, options: limits) { grpc.adopt($0) }
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
