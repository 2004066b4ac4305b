import CPlatform
import Glibc
import MicrokernelTypes

extension ProcessorLevel {
    /// The best level that this processor and its operating system support.
    public static let supported = ProcessorLevel(rawValue: Int(cplatform_simd_level())) ?? .baseline

    /// The level in use: the best one, or a lower one that `MODEL_SERVER_PROCESSOR_LEVEL` in the environment names.
    public static let current: ProcessorLevel = {
        guard let name = getenv("MODEL_SERVER_PROCESSOR_LEVEL").map({ String(cString: $0) }),
            let wanted = ProcessorLevel(named: name)
        else { return supported }
        return min(wanted, supported)
    }()

    /// All levels that can run here, for tests.
    public static var usable: [ProcessorLevel] { allCases.filter { $0 <= supported } }
}
