import GRPC

extension GRPCServer.Options {
    /// The same limits, but never more than half of `memory` bytes for requests and half of it for answers that clients
    /// have not taken yet: what does not fit is refused, instead of the process being killed by the system.
    func fitting(memory: Int) -> GRPCServer.Options {
        var options = self
        let half = max(memory / 2, 4)
        options.maxBufferedRequestBytes = min(maxBufferedRequestBytes, half)
        options.maxBufferedRequestBytesPerConnection = min(maxBufferedRequestBytesPerConnection, half / 4 * 3)
        options.eagerRequestBytesPerConnection = min(eagerRequestBytesPerConnection, half / 4)
        options.maxBufferedAnswerBytes = min(maxBufferedAnswerBytes, half)
        options.maxBufferedAnswerBytesPerConnection = min(maxBufferedAnswerBytesPerConnection, half / 2)
        return options
    }
}
