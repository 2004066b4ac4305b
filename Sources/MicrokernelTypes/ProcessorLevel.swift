/// The kinds of processors that the engine has loops for, each able to run those of the kinds before it.
public enum ProcessorLevel: Int, Sendable, CaseIterable, Comparable {
    /// What every x86-64 processor has, and every other architecture.
    case baseline
    /// AVX2 and FMA.
    case avx2
    /// AVX-512 (F, BW, CD, DQ, VL).
    case avx512

    public static func < (left: ProcessorLevel, right: ProcessorLevel) -> Bool { left.rawValue < right.rawValue }

    /// The level of `name`, for example `avx2`; nil if there is none.
    public init?(named name: String) {
        guard let level = ProcessorLevel.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    public var name: String {
        switch self {
        case .baseline: "baseline"
        case .avx2: "avx2"
        case .avx512: "avx512"
        }
    }
}
