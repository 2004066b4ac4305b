/// When base paths are looked at. All times are nanoseconds.
struct SourceTiming: Sendable, Equatable {
    /// When looks are taken without being asked for.
    enum Polling: Sendable, Equatable {
        case never
        /// When the models are given, and not again.
        case once
        case every(UInt64)
    }

    var polling: Polling
    /// How long a directory must have been quiet until a reported change leads to a look.
    var quiet: UInt64 = 50_000_000
    /// How long reports may keep coming until a look is taken all the same.
    var longestUnrest: UInt64 = 1_000_000_000
    /// How often everything is looked at even where changes are reported.
    var fullLook: UInt64 = 60_000_000_000

    /// - Parameter pollWaitSeconds: greater than 0: the period; 0: once; less than 0: never.
    init(pollWaitSeconds: Int64) {
        guard pollWaitSeconds > 0 else {
            polling = pollWaitSeconds == 0 ? .once : .never
            return
        }
        let (period, overflow) = UInt64(pollWaitSeconds).multipliedReportingOverflow(by: 1_000_000_000)
        polling = .every(overflow ? .max : period)
        fullLook = max(fullLook, overflow ? .max : period)
    }

    var period: UInt64? { if case .every(let period) = polling { period } else { nil } }
}
