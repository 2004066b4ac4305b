/// Which requests are traced, as `OTEL_TRACES_SAMPLER` says.
public struct TraceSampler: Sendable, Hashable {
    /// Whether the decision of a caller who sent a context counts.
    public var followsParent: Bool
    /// The share of the traces that are recorded otherwise; from 0 to 1.
    public var ratio: Double

    public init(followsParent: Bool = true, ratio: Double = 1) {
        self.followsParent = followsParent
        self.ratio = ratio
    }

    /// - Parameters:
    ///   - name: one of OpenTelemetry's names of samplers; nil or empty means `parentbased_always_on`.
    ///   - argument: the share, for samplers that have one; nil means 1.
    /// - Returns: nil if the name or the argument is not one that is known.
    public init?(name: String?, argument: String?) {
        let name = name.flatMap { $0.isEmpty ? nil : $0 } ?? "parentbased_always_on"
        let parent = "parentbased_"
        followsParent = name.hasPrefix(parent)
        switch followsParent ? String(name.dropFirst(parent.count)) : name {
        case "always_on": ratio = 1
        case "always_off": ratio = 0
        case "traceidratio":
            guard let argument, !argument.isEmpty else {
                ratio = 1
                return
            }
            guard let share = Double(argument), share >= 0, share <= 1 else { return nil }
            ratio = share
        default: return nil
        }
    }

    /// Whether a request is traced that came with `parent`, or whose new trace is `traceID`.
    public func samples(_ parent: TraceContext?, _ traceID: TraceContext.TraceID) -> Bool {
        if followsParent, let parent { return parent.isSampled }
        guard ratio < 1 else { return true }
        // The same for all who see the trace: by the part of the id that is random in every generator.
        return Double(traceID.low >> 1) < ratio * 0x1p63
    }
}
