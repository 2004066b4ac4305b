import MicrokernelTypes

extension WinogradTile {
    /// By point: what a line of three weights is multiplied with.
    private var factors: [(Double, Double, Double)] {
        switch self {
        case .two: [(1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)]
        case .four:
            [
                (1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6), (1 / 24, 1 / 12, 1 / 6),
                (1 / 24, -1 / 12, 1 / 6), (0, 0, 1),
            ]
        }
    }

    /// Writes the transformed filter of point `point`.
    /// - Parameters:
    ///   - filter: nine matrices of `count` elements, one for each place in the window.
    ///   - point: counts through the lines of points.
    func transform(_ filter: UnsafePointer<Float>, count: Int, _ point: Int, to matrix: UnsafeMutablePointer<Float>) {
        let (y, x) = (factors[point / points], factors[point % points])
        let down = [y.0, y.1, y.2]
        let across = [x.0, x.1, x.2]
        let terms = (0..<9).map { (offset: $0 * count, factor: down[$0 / 3] * across[$0 % 3]) }.filter {
            $0.factor != 0
        }
        let block = 256
        withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { sums in
            for start in stride(from: 0, to: count, by: block) {
                let present = min(block, count - start)
                sums.update(repeating: 0)
                for term in terms {
                    let source = filter + (term.offset &+ start)
                    for index in 0..<present { sums[index] += term.factor * Double(source[index]) }
                }
                for index in 0..<present { matrix[start &+ index] = Float(sums[index]) }
            }
        }
    }
}
