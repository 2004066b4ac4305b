import CPlatform
import Glibc
import MicrokernelTypes

extension ProcessorLevel {
    /// The best level that this processor and its operating system support.
    public static let supported = ProcessorLevel(rawValue: Int(cplatform_simd_level())) ?? .baseline

    /// What the environment asks for by `MODEL_SERVER_PROCESSOR_LEVEL`.
    private static let wanted = getenv("MODEL_SERVER_PROCESSOR_LEVEL").map { String(cString: $0) }

    /// The level in use: the best one, or a lower one that `MODEL_SERVER_PROCESSOR_LEVEL` in the environment names.
    public static let current = min(wanted.flatMap { ProcessorLevel(named: $0) } ?? supported, supported)

    /// For the log: the level in use, and what is wrong with the one that was asked for.
    public static var summary: String {
        let used = "vector loops: \(current.name)"
        guard let wanted, wanted != current.name else { return used }
        let names = allCases.map(\.name).joined(separator: ", ")
        let known = ProcessorLevel(named: wanted) != nil
        return used + " (\(wanted) was asked for, "
            + (known ? "which this processor does not support)" : "which is none of \(names))")
    }

    /// All levels that can run here, for tests.
    public static var usable: [ProcessorLevel] { allCases.filter { $0 <= supported } }
}
