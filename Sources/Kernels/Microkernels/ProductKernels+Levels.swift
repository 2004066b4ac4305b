import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension ProductKernels {
    /// The products in use.
    public static let current = at(.current)

    /// The products of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> ProductKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.productKernels()
        case .avx2: MicrokernelsAVX2.productKernels()
        case .avx512: MicrokernelsAVX512.productKernels()
        }
    }
}
