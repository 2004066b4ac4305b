import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension LimitKernels {
    /// Those of the loops in use.
    public static let current = at(.current)

    /// Those of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> LimitKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.limitKernels()
        case .avx2: MicrokernelsAVX2.limitKernels()
        case .avx512: MicrokernelsAVX512.limitKernels()
        }
    }
}
