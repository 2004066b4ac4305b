import Glibc

/// For each pixel of a scaled line: from which pixels it is made, and with which weights.
///
/// The weights are integers, as Pillow uses them, so that results agree to the last bit.
struct ResizeWeights {
    /// Binary places of the weights: 8 bits of a pixel, 2 for sums above one, and the sign leave so many.
    static let places: Int32 = 22

    /// The first pixel that counts, by result.
    private(set) var first: [Int32] = []
    /// How many pixels count, by result.
    private(set) var counts: [Int32] = []
    /// `capacity` for each result, of which only the first `counts` mean something.
    private(set) var weights: [Int32] = []
    let capacity: Int

    /// For a line of `source` pixels that becomes one of `target`. Nil if the method does not weigh.
    init?(from source: Int, to target: Int, _ method: ResizeMethod) {
        guard let support = method.support else { return nil }
        let scale = Double(source) / Double(target)
        let stretch = max(scale, 1)
        let reach = support * stretch
        capacity = Int(reach.rounded(.up)) * 2 + 1
        first.reserveCapacity(target)
        counts.reserveCapacity(target)
        weights = [Int32](repeating: 0, count: target * capacity)
        var line = [Double](repeating: 0, count: capacity)
        for index in 0..<target {
            let center = (Double(index) + 0.5) * scale
            let low = max(0, Int(center - reach + 0.5))
            let high = min(source, Int(center + reach + 0.5))
            first.append(Int32(low))
            counts.append(Int32(high - low))
            var sum = 0.0
            for pixel in low..<high {
                let weight = method.weight(at: (Double(pixel) - center + 0.5) * (1 / stretch))
                line[pixel - low] = weight
                sum += weight
            }
            for position in 0..<(high - low) {
                let weight = sum == 0 ? line[position] : line[position] / sum
                weights[index * capacity + position] = ResizeWeights.fixed(weight)
            }
        }
    }

    private static func fixed(_ weight: Double) -> Int32 {
        let scaled = weight * Double(1 << places)
        return Int32(weight < 0 ? scaled - 0.5 : scaled + 0.5)
    }

    /// What sums begin with, so that they are rounded to nearest.
    static let half = Int32(1) << (places - 1)

    /// The pixel that a sum stands for.
    @inline(__always) static func pixel(_ sum: Int32) -> UInt8 {
        let value = sum >> places
        return value < 0 ? 0 : value > 255 ? 255 : UInt8(truncatingIfNeeded: value)
    }
}
