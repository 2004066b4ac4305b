import Plots

extension Readable {
    /// `850 ns`, `12.3 µs`, `4.56 ms`, `1.23 s`.
    static func duration(_ nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds)
        switch value {
        case ..<999.5: return "\(nanoseconds) ns"
        case ..<999.5e3: return NumberText.significant(value / 1e3) + " µs"
        case ..<999.5e6: return NumberText.significant(value / 1e6) + " ms"
        default: return NumberText.significant(value / 1e9) + " s"
        }
    }

    /// A number per second, to three digits: `1,230`.
    static func rate(_ value: Double) -> String {
        guard value >= 100, value < 1e15 else { return NumberText.significant(value) }
        var unit = 1.0
        while value / unit >= 1000 { unit *= 10 }
        return count(Int((value / unit).rounded() * unit))
    }
}
