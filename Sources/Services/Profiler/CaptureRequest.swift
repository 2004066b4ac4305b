import CServingProtos
import Profiling
import ServingCore
import ServingProtos

/// What a `ProfileRequest` or a `MonitorRequest` asks for, checked.
struct CaptureRequest: Equatable {
    /// What it can be terminated by; nil: nothing.
    var session: String?
    var hostName = ""
    var durationNanoseconds: UInt64 = 0
    /// When to begin, in nanoseconds since 1970; 0: now.
    var startNanoseconds: UInt64 = 0
    /// Records to keep.
    var recordLimit = CaptureRequest.maximumRecords
    var tools = Set(ProfileTool.allCases)
    /// Whether the XSpace is wanted as a message of the answer instead of as a tool's data.
    var wantsMessage = false

    /// A record takes up to 64 bytes while a capture lasts, and about 26 in the answer.
    static let maximumRecords = 1_000_000
    static let maximumMilliseconds: UInt64 = 600_000

    /// The request of a Profile call. The folder that it names is none of the server's business: a server that writes where
    /// clients say is a hole, and clients of TensorFlow write what they are sent.
    init(profile bytes: UnsafeRawBufferPointer) throws(Status) {
        let message = try Message<Tensorflow__ProfileRequest>(unpacking: bytes, failure: .internalError)
        try message.read { (request) throws(Status) in
            let options = request.pointee.opts
            let milliseconds = options.map(\.pointee.duration_ms) ?? 0
            durationNanoseconds = try CaptureRequest.nanoseconds(
                milliseconds > 0 ? milliseconds : request.pointee.duration_ms)
            startNanoseconds = options?.pointee.start_timestamp_ns ?? 0
            session = String(proto: request.pointee.session_id)
            hostName = String(proto: request.pointee.host_name)
            if request.pointee.max_events > 0 {
                recordLimit = Int(min(request.pointee.max_events, UInt64(CaptureRequest.maximumRecords)))
            }
            let wanted = Repeated.strings(request.pointee.tools, request.pointee.n_tools)
            tools = CaptureRequest.tools(wanted)
            wantsMessage = request.pointee.emit_xspace != 0
        }
    }

    /// The request of a Monitor call, which records no more than it needs for an impression.
    init(monitorMilliseconds milliseconds: UInt64) throws(Status) {
        guard milliseconds > 0 else { throw .invalidArgument("duration_ms must be greater than zero.") }
        durationNanoseconds = try CaptureRequest.nanoseconds(milliseconds)
        recordLimit = 250_000
    }

    private static func nanoseconds(_ milliseconds: UInt64) throws(Status) -> UInt64 {
        guard milliseconds <= maximumMilliseconds else {
            throw .invalidArgument(
                "duration_ms is \(milliseconds), but captures may last \(maximumMilliseconds) at most")
        }
        return milliseconds * 1_000_000
    }

    /// The tools of ours that `names` has; all if it has none of those that only we make, because TensorFlow's clients
    /// send a fixed list of names.
    private static func tools(_ names: [String]) -> Set<ProfileTool> {
        let named = Set(names.compactMap(ProfileTool.init(rawValue:)))
        return named.isEmpty || named == [.space] ? Set(ProfileTool.allCases) : named
    }

    /// How long to wait before the capture begins when it is `now`, in nanoseconds since 1970.
    func delay(at now: UInt64) throws(Status) -> UInt64 {
        guard startNanoseconds > now else { return 0 }
        let delay = startNanoseconds - now
        guard delay <= CaptureRequest.maximumMilliseconds * 1_000_000 else {
            throw .invalidArgument(
                "start_timestamp_ns is \(delay / 1_000_000) ms away, but captures may begin "
                    + "\(CaptureRequest.maximumMilliseconds) ms from now at the latest")
        }
        return delay
    }
}
