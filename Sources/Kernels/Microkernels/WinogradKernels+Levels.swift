import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension WinogradKernels {
    /// The transformations in use.
    public static let current = at(.current)

    /// The transformations of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> WinogradKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.winogradKernels()
        case .avx2: MicrokernelsAVX2.winogradKernels()
        case .avx512: MicrokernelsAVX512.winogradKernels()
        }
    }
}
