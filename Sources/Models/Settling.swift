import Servables

/// Decides whether the files of a version have stopped arriving, from looks at them that are some time apart.
///
/// Files that have not changed for `quiet` are settled at the first look. Younger ones must look the same at a second
/// look; if there are files among them whose completeness nothing proves, they must have been quiet all the same.
struct Settling {
    enum Decision: Equatable {
        case settled
        case lookAgain(afterNanoseconds: Int64)
        /// Something has changed since the first look.
        case changed
    }

    static let quiet: Int64 = 2_000_000_000
    static let interval: Int64 = 100_000_000

    private let first: DirectoryContent
    private let begin: Int64
    private let hasUnprovenFiles: Bool

    /// - Parameters:
    ///   - first: what the files looked like at the first look.
    ///   - begin: when that was, nanoseconds since 1970.
    init(_ first: DirectoryContent, at begin: Int64, hasUnprovenFiles: Bool) {
        self.first = first
        self.begin = begin
        self.hasUnprovenFiles = hasUnprovenFiles
    }

    /// How long the files have been quiet; 0 for times in the future, as those of a server whose clock is ahead.
    static func age(_ content: DirectoryContent, at now: Int64) -> Int64 {
        let (age, overflow) = now.subtractingReportingOverflow(content.newestChange)
        return overflow ? .max : max(0, age)
    }

    /// What another look at `now` means; `content` is nil if the files could not be looked at.
    func decide(_ content: DirectoryContent?, at now: Int64) -> Decision {
        guard let content, content.fingerprint == first.fingerprint else { return .changed }
        let elapsed = now &- begin
        if Settling.age(content, at: now) >= Settling.quiet || elapsed >= Settling.quiet { return .settled }
        if elapsed >= Settling.interval, !hasUnprovenFiles { return .settled }
        return .lookAgain(afterNanoseconds: Settling.interval)
    }
}
