import Glibc

/// Numbers as people like to read them.
public enum NumberText {
    /// `value` with so many significant digits and no exponent where that is readable: `0.0123`, `1.50`, `12300`.
    public static func significant(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let size = abs(value)
        guard size > 0 else { return "0" }
        guard size < 1e15, size >= 1e-9 else { return "\(value)" }
        let rounding = pow(10, floor(log10(size)) - Double(max(1, digits) - 1))
        let rounded = (size / rounding).rounded() * rounding
        let decimals = max(0, max(1, digits) - 1 - Int(floor(log10(rounded * 1.000_000_000_001))))
        return (value < 0 ? "-" : "") + fixed(rounded, decimals: decimals)
    }

    /// A short text for an axis: `0`, `0.25`, `1.5k`, `20M`.
    public static func short(_ value: Double) -> String {
        let size = abs(value)
        guard size < 999.5e9 || !size.isFinite else {
            let power = floor(log10(size))
            return trimmed(significant(value / pow(10, power), digits: 2)) + "e\(Int(power))"
        }
        let (unit, suffix): (Double, String) =
            size >= 999.5e6
            ? (1e9, "G")
            : size >= 999.5e3
                ? (1e6, "M")
                : size >= 1e3 ? (1e3, "k") : (1, "")
        return trimmed(significant(value / unit)) + suffix
    }

    /// A whole number in full up to a million, else as short as `short`.
    static func exact(_ value: Double) -> String {
        value >= 1 && value < 1e6 && value == value.rounded() ? String(Int(value)) : short(value)
    }

    /// `value`, which is at least 0 and less than 1e16, with so many decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        guard decimals > 0, value * scale < 9e18 else { return String(Int(value.rounded())) }
        let scaled = Int((value * scale).rounded())
        let whole = scaled / Int(scale)
        let fraction = String(scaled % Int(scale))
        return "\(whole)." + String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
    }

    /// Without zeros that end a fraction.
    private static func trimmed(_ text: String) -> String {
        guard text.contains("."), !text.contains("e") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
