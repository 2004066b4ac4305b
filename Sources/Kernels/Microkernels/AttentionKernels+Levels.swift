import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension AttentionKernels {
    /// The attention in use.
    public static let current = at(.current)

    /// The attention of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> AttentionKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.attentionKernels()
        case .avx2: MicrokernelsAVX2.attentionKernels()
        case .avx512: MicrokernelsAVX512.attentionKernels()
        }
    }
}
