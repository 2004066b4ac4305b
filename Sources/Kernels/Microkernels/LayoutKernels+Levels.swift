import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension LayoutKernels {
    /// The loops over pixels in use.
    public static let current = at(.current)

    /// The loops over pixels of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> LayoutKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.layoutKernels()
        case .avx2: MicrokernelsAVX2.layoutKernels()
        case .avx512: MicrokernelsAVX512.layoutKernels()
        }
    }
}
