import Execution
import MicrokernelTypes

extension WeightReductionSummary {
    /// For the log, for example `12 weight matrices are kept as bf16: 420.0 MiB instead of 840.0 MiB; the largest error of
    /// a weight is 0.39 % of the largest of its channel, the root mean square 0.17 % of that of the weights`.
    func sentence(for precision: WeightPrecision) -> String {
        guard matrixCount > 0 else { return "no weight matrix is fit to be kept as \(precision.name)" }
        let matrices = matrixCount == 1 ? "1 weight matrix is" : "\(matrixCount) weight matrices are"
        return "\(matrices) kept as \(precision.name): \(Self.mebibytes(byteCount)) instead of "
            + "\(Self.mebibytes(fullByteCount)); the largest error of a weight is "
            + "\(Self.percent(largestError)) of the largest of its channel, the root mean square "
            + "\(Self.percent(relativeError)) of that of the weights"
    }

    private static func mebibytes(_ count: Int) -> String {
        let tenths = (Double(count) / Double(1 << 20) * 10).rounded()
        return "\(tenths / 10) MiB"
    }

    /// `0.39 %` of 0.0039.
    private static func percent(_ share: Double) -> String {
        guard share < 1e6 else { return "more than 1e8 %" }
        let hundredths = Int((share * 10_000).rounded())
        let fraction = String(hundredths % 100)
        return "\(hundredths / 100).\(fraction.utf8.count < 2 ? "0" : "")\(fraction) %"
    }
}
