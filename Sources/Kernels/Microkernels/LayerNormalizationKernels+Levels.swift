import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension LayerNormalizationKernels {
    /// The normalisation in use.
    public static let current = at(.current)

    /// The normalisation of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> LayerNormalizationKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.layerNormalizationKernels()
        case .avx2: MicrokernelsAVX2.layerNormalizationKernels()
        case .avx512: MicrokernelsAVX512.layerNormalizationKernels()
        }
    }
}
