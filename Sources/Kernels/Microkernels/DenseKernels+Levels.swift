import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension DenseKernels {
    /// The products in use.
    public static let current = at(.current)

    /// The products of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> DenseKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.denseKernels()
        case .avx2: MicrokernelsAVX2.denseKernels()
        case .avx512: MicrokernelsAVX512.denseKernels()
        }
    }
}
