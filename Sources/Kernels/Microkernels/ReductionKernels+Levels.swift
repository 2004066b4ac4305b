import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension ReductionKernels {
    /// The reductions in use.
    public static let current = at(.current)

    /// The reductions of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> ReductionKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.reductionKernels()
        case .avx2: MicrokernelsAVX2.reductionKernels()
        case .avx512: MicrokernelsAVX512.reductionKernels()
        }
    }
}
