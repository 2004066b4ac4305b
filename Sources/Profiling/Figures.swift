/// Numbers as reports show them.
enum Figures {
    /// Nanoseconds with a unit that suits their size: `850 ns`, `12.3 us`, `4.56 ms`, `7.89 s`.
    static func time(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<1000: "\(nanoseconds) ns"
        case ..<1_000_000: decimal(nanoseconds, per: 1000, digits: 1) + " us"
        case ..<1_000_000_000: decimal(nanoseconds, per: 1_000_000, digits: 2) + " ms"
        default: decimal(nanoseconds, per: 1_000_000_000, digits: 2) + " s"
        }
    }

    /// Microseconds with three digits behind the point, so that nothing is lost.
    static func microseconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// `part` of `whole` in percent with one digit behind the point.
    static func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "0.0 %" }
        return tenths(Double(part) * 1000 / Double(whole)) + " %"
    }

    /// `share` in percent with one digit behind the point.
    static func percent(_ share: Double) -> String { tenths(share * 1000) + " %" }

    /// `value` in billions: three digits, at least one of them behind the point below 100.
    static func billions(_ value: Double) -> String {
        let billions = value / 1e9
        if billions < 9.995 { return decimal(UInt64(max(0, billions * 100).rounded()), per: 100, digits: 2) }
        return billions < 99.95 ? tenths(billions * 10) : "\(Int(min(billions, 1e15).rounded()))"
    }

    /// `value` with `digits` digits behind the point, in units of `unit`; rounded down.
    static func decimal(_ value: UInt64, per unit: UInt64, digits: Int) -> String {
        var fraction = ""
        var rest = value % unit
        for _ in 0..<digits {
            rest *= 10
            fraction += "\(rest / unit)"
            rest %= unit
        }
        return "\(value / unit).\(fraction)"
    }

    /// How many per second, with one digit behind the point below a hundred.
    static func rate(_ count: Int, in nanoseconds: UInt64) -> String {
        guard nanoseconds > 0 else { return "0" }
        let rate = Double(count) * 1e9 / Double(nanoseconds)
        return rate < 100 ? tenths(rate * 10) : "\(Int(min(rate, 1e15).rounded()))"
    }

    private static func tenths(_ value: Double) -> String {
        let whole = Int(min(max(value, 0), 1e15).rounded())
        return "\(whole / 10).\(whole % 10)"
    }
}
