import MicrokernelTypes
import MicrokernelsAVX2
import MicrokernelsAVX512
import MicrokernelsBaseline

extension RecurrentKernels {
    /// The recurrent steps in use.
    public static let current = at(.current)

    /// The recurrent steps of `level`, which must be one that can run here.
    public static func at(_ level: ProcessorLevel) -> RecurrentKernels {
        switch level {
        case .baseline: MicrokernelsBaseline.recurrentKernels()
        case .avx2: MicrokernelsAVX2.recurrentKernels()
        case .avx512: MicrokernelsAVX512.recurrentKernels()
        }
    }
}
