import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension WindowKernels {
    /// The windows in use.
    public static let current = at(.current)

    /// The windows of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> WindowKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.windowKernels()
        case .avx2: MicrokernelsAVX2.windowKernels()
        case .avx512: MicrokernelsAVX512.windowKernels()
        }
    }
}
