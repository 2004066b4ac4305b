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
    /// What the weights of `direct` are kept in; those of the others are `Float`.
    var precision = WeightPrecision.float

    /// The algorithm with the shortest estimated time on one thread.
    ///
    /// Others than `direct` must be a good deal faster, for they are less exact and take more memory.
    func fastest(
        of candidates: [ConvolutionAlgorithm], _ speeds: ConvolutionSpeeds = .current
    ) -> ConvolutionAlgorithm {
        var best = (algorithm: ConvolutionAlgorithm.direct, time: nanoseconds(.direct, speeds) * 0.9)
        for candidate in candidates {
            let time = nanoseconds(candidate, speeds)
            if time < best.time { best = (candidate, time) }
        }
        return best.algorithm
    }

    /// The estimated time of `algorithm`.
    ///
    /// The weights are assumed to lie in memory, since those of a whole model rarely stay in the cache between two runs: an
    /// algorithm that blows them up pays for it.
    func nanoseconds(_ algorithm: ConvolutionAlgorithm, _ speeds: ConvolutionSpeeds) -> Double {
        let channels = Double(filter[2]) * Double(filter[3])
        switch algorithm {
        case .direct:
            let terms = Double(filter[0]) * Double(filter[1]) * channels
            let places = Double(batch) * Double(height) * Double(width)
            let fetching = speeds.weight * Double(precision.byteCount) / Double(WeightPrecision.float.byteCount)
            return terms * (places * speeds.product + fetching)
        case .winograd(let tile):
            let points = Double(tile.points * tile.points)
            let across = (width + tile.outputs - 1) / tile.outputs
            let down = (height + tile.outputs - 1) / tile.outputs
            let tiles = Double(batch) * Double(down) * Double(across)
            let transformed = tiles * Double(filter[2] + filter[3])
            return points
                * (channels * (tiles * speeds.product + speeds.weight) + transformed * speeds.transformation)
        }
    }
}
