import MicrokernelTypes
import Tensors

/// The ways to compute a convolution of `Float` pictures with a constant filter.
enum ConvolutionAlgorithm: Hashable, Sendable {
    /// `DirectConvolution`.
    case direct
    /// `WinogradConvolution`.
    case winograd(WinogradTile)

    static let allCases: [ConvolutionAlgorithm] = [.direct] + WinogradTile.allCases.map { .winograd($0) }
}

/// What a choice of algorithm depends on.
struct ConvolutionWork: Hashable, Sendable {
    var filter: TensorShape
    /// Of the result.
    var batch: Int
    var height: Int
    var width: Int

    /// The algorithm with the shortest estimated time on one thread.
    ///
    /// The weights are assumed to lie in memory, since those of a whole model rarely stay in the cache between two runs: an
    /// algorithm that blows them up pays for it. Others than `direct` must be a good deal faster, for they are less exact
    /// and take more memory.
    func fastest(of candidates: [ConvolutionAlgorithm]) -> ConvolutionAlgorithm {
        var best = (algorithm: ConvolutionAlgorithm.direct, time: nanoseconds(.direct) * 0.8)
        for candidate in candidates where nanoseconds(candidate) < best.time {
            best = (candidate, nanoseconds(candidate))
        }
        return best.algorithm
    }

    /// The estimated time of `algorithm`: figures of a processor of 2024 with AVX-512; only their proportions matter.
    func nanoseconds(_ algorithm: ConvolutionAlgorithm) -> Double {
        let channels = Double(filter[2]) * Double(filter[3])
        let places = Double(batch) * Double(height) * Double(width)
        switch algorithm {
        case .direct:
            let terms = Double(filter[0]) * Double(filter[1]) * channels
            return max(terms * places * Self.product, terms * Self.weight)
        case .winograd(let tile):
            let points = Double(tile.points * tile.points)
            let outputs = tile.outputs
            let tiles =
                Double(batch) * Double((height + outputs - 1) / outputs) * Double((width + outputs - 1) / outputs)
            let transformed = points * tiles * Double(filter[2] + filter[3])
            return max(
                points * channels * tiles * Self.product + transformed * Self.transformation,
                points * channels * Self.weight)
        }
    }

    /// One multiplication and addition.
    private static let product = 0.0085
    /// Reading one weight from memory.
    private static let weight = 0.2
    /// Transforming one element.
    private static let transformation = 0.06
}
