import CMicrohttpd
import Glibc

/// The C functions that libmicrohttpd calls; each finds its connection and request and passes on.
enum HTTP1Callbacks {
    static var all: cmicrohttpd_callbacks {
        cmicrohttpd_callbacks(
            context: nil, connection: connectionChanged, target: requestBegins, request: requestProceeds,
            completed: requestEnds)
    }

    private static func server(_ context: UnsafeMutableRawPointer?) -> HTTP1Server {
        Unmanaged<HTTP1Server>.fromOpaque(context!).takeUnretainedValue()
    }

    private static func connection(_ library: OpaquePointer?) -> HTTP1Connection? {
        cmicrohttpd_context(library).map { Unmanaged<HTTP1Connection>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let connectionChanged: MHD_NotifyConnectionCallback = { context, library, socketContext, change in
        guard let socketContext else { return }
        if change == .CONNECTION_NOTIFY_STARTED {
            let connection = server(context).begin(cmicrohttpd_descriptor(library))
            socketContext.pointee = Unmanaged.passRetained(connection).toOpaque()
        } else if let raw = socketContext.pointee {
            socketContext.pointee = nil
            server(context).end(Unmanaged<HTTP1Connection>.fromOpaque(raw).takeRetainedValue())
        }
    }

    private static let requestBegins:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            context, target, library in
            guard let connection = connection(library) else { return nil }
            let core = server(context).core
            let now = core.now
            _ = connection.update { $0.requestBegins(at: now) }
            let request = HTTP1Request(connection, core: core, target: target.map { String(cString: $0) } ?? "")
            return Unmanaged.passRetained(request).toOpaque()
        }

    private static let requestProceeds: MHD_AccessHandlerCallback = {
        _, library, _, method, version, data, count, requestContext in
        guard let library, let raw = requestContext?.pointee else { return .NO }
        return Unmanaged<HTTP1Request>.fromOpaque(raw).takeUnretainedValue().proceed(
            library, method: method, version: version, data: data, count: count)
    }

    private static let requestEnds: MHD_RequestCompletedCallback = { _, _, requestContext, _ in
        guard let requestContext, let raw = requestContext.pointee else { return }
        requestContext.pointee = nil
        Unmanaged<HTTP1Request>.fromOpaque(raw).takeRetainedValue().end()
    }
}
