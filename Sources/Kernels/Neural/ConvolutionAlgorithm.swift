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

    /// `direct`, and those of `candidates` that are estimated to be faster.
    ///
    /// Others than `direct` must be a good deal faster, for they are less exact and take more memory.
    func options(
        _ candidates: [ConvolutionAlgorithm], _ speeds: ConvolutionSpeeds
    ) -> [ConvolutionBudget.Option] {
        let direct = nanoseconds(.direct, speeds)
        var options = [ConvolutionBudget.Option(algorithm: .direct, nanoseconds: direct, extraBytes: 0)]
        for candidate in candidates where candidate != .direct {
            let time = nanoseconds(candidate, speeds)
            guard time < direct * 0.9 else { continue }
            let option = ConvolutionBudget.Option(
                algorithm: candidate, nanoseconds: time, extraBytes: extraBytes(candidate))
            options.append(option)
        }
        return options
    }

    /// What the weights of `algorithm` take beyond the filter.
    private func extraBytes(_ algorithm: ConvolutionAlgorithm) -> Int {
        guard case .winograd(let tile) = algorithm else { return 0 }
        let (channels, overflow) = filter[2].multipliedReportingOverflow(by: filter[3])
        let size = MemoryLayout<Float>.stride * (tile.points * tile.points - filter[0] * filter[1])
        let (bytes, tooMany) = channels.multipliedReportingOverflow(by: size)
        return overflow || tooMany ? .max : bytes
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
