/// Which of the versions found under a base path are to be served.
public enum VersionPolicy: Sendable, Hashable {
    /// The `n` highest numbers; 0 means 1.
    case latest(UInt32)
    /// Every version.
    case all
    /// These numbers, as far as they exist.
    case specific([Int64])

    /// What a model without a policy gets.
    public static let standard = VersionPolicy.latest(1)

    /// The versions of `found` (any order, no duplicates) that are to be served, highest first.
    public func select(from found: [Int64]) -> [Int64] {
        let descending = found.sorted(by: >)
        switch self {
        case .latest(let count): return Array(descending.prefix(max(1, Int(count))))
        case .all: return descending
        case .specific(let wanted):
            let wanted = Set(wanted)
            return descending.filter(wanted.contains)
        }
    }

    /// The versions that the policy asks for by number and that are not in `found`, ascending.
    public func missing(from found: [Int64]) -> [Int64] {
        guard case .specific(let wanted) = self else { return [] }
        return Set(wanted).subtracting(found).sorted()
    }
}
