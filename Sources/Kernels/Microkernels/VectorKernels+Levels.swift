import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension VectorKernels {
    /// The vector loops in use.
    public static let current = at(.current)

    /// The vector loops of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> VectorKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.vectorKernels()
        case .avx2: MicrokernelsAVX2.vectorKernels()
        case .avx512: MicrokernelsAVX512.vectorKernels()
        }
    }
}
