/// The straight line that comes nearest to the time of a batch: a part that every batch takes, and one for each row.
struct CostLine: Equatable, Sendable {
    /// Nanoseconds.
    var fixed: Double
    /// Nanoseconds.
    var perRow: Double

    /// Fits the medians, each as exactly as the others in relation to its size; neither part is negative.
    ///
    /// Nil without two different sizes.
    init?(_ measurements: [BatchMeasurement]) {
        var (sum, rows, squares, times, products) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for one in measurements where one.median > 0 {
            let (n, t) = (Double(one.rows), Double(one.median))
            let weight = 1 / (t * t)
            sum += weight
            rows += weight * n
            squares += weight * n * n
            times += weight * t
            products += weight * n * t
        }
        let determinant = sum * squares - rows * rows
        guard Set(measurements.map(\.rows)).count > 1, determinant > sum * squares * 1e-12 else { return nil }
        fixed = (squares * times - rows * products) / determinant
        perRow = (sum * products - rows * times) / determinant
        if fixed < 0 { (fixed, perRow) = (0, products / squares) }
        if perRow < 0 { (fixed, perRow) = (times / sum, 0) }
    }
}
