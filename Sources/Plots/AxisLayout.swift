import Glibc

/// Where values lie along an axis, and which of them are labelled.
struct AxisLayout: Equatable {
    struct Tick: Equatable {
        var value: Double
        /// 0 is the axis's begin, 1 its end.
        var position: Double
        var label: String
    }

    private let scale: Plot.Scale
    /// Both on the scale: logarithms if it is logarithmic.
    private(set) var lower: Double
    private(set) var upper: Double
    private(set) var ticks: [Tick] = []

    /// - Parameters:
    ///   - values: everything that must find a place; what the scale cannot show is passed over.
    ///   - maximumTicks: at least 2.
    ///   - isRounded: whether the axis shall begin and end at ticks.
    init(_ axis: Plot.Axis, values: [Double], maximumTicks: Int, isRounded: Bool) {
        scale = axis.scale
        let shown = values.compactMap { AxisLayout.scaled($0, axis.scale) }
        lower = shown.min() ?? 0
        upper = shown.max() ?? 1
        if scale == .linear, axis.includesZero {
            lower = min(lower, 0)
            upper = max(upper, 0)
        }
        spread()
        let step = scale == .linear ? linearStep(max(2, maximumTicks)) : wholeStep(max(2, maximumTicks))
        if isRounded { round(to: step) }
        ticks = multiples(of: step).map { value in
            Tick(value: value, position: position(scaled: value), label: label(value))
        }
    }

    /// 0...1 along the axis for a value within it, beyond that outside; nil for what the scale cannot show.
    func position(_ value: Double) -> Double? { AxisLayout.scaled(value, scale).map(position(scaled:)) }

    /// Halves, because the difference of the largest numbers is none.
    private func position(scaled value: Double) -> Double { (value / 2 - lower / 2) / (upper / 2 - lower / 2) }

    private static func scaled(_ value: Double, _ scale: Plot.Scale) -> Double? {
        guard value.isFinite else { return nil }
        switch scale {
        case .linear: return value
        case .log2: return value > 0 ? Glibc.log2(value) : nil
        case .log10: return value > 0 ? Glibc.log10(value) : nil
        }
    }

    /// Gives an axis on which everything is equal some length.
    private mutating func spread() {
        guard !(upper / 2 - lower / 2 > max(abs(lower), abs(upper)) * 1e-12) else { return }
        let margin = scale == .linear ? max(abs(upper) / 2, lower == 0 ? 0.5 : .leastNormalMagnitude) : 1
        lower = max(lower - margin, -.greatestFiniteMagnitude)
        upper = min(upper + margin, .greatestFiniteMagnitude)
    }

    // MARK: Ticks

    /// 1, 2 or 5 times a power of ten; 0 if there is none that would do.
    private func linearStep(_ count: Int) -> Double {
        let least = (upper / 2 - lower / 2) / Double(count - 1) * 2
        guard least.isFinite, least > .leastNormalMagnitude else { return 0 }
        let power = pow(10, floor(Glibc.log10(least)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * 0.999_999 } ?? least
        return step.isFinite ? step : 0
    }

    /// A whole number of powers.
    private func wholeStep(_ count: Int) -> Double { max(1, ((upper - lower) / Double(count - 1)).rounded(.up)) }

    private mutating func round(to step: Double) {
        guard step > 0 else { return }
        let (begin, end) = ((lower / step).rounded(.down) * step, (upper / step).rounded(.up) * step)
        guard begin.isFinite, end.isFinite, begin < end else { return }
        (lower, upper) = (begin, end)
    }

    private func multiples(of step: Double) -> [Double] {
        let first = (lower / step - 1e-9).rounded(.up)
        let last = (upper / step + 1e-9).rounded(.down)
        guard step > 0, first.isFinite, last.isFinite, last >= first, last - first < 100 else { return [lower, upper] }
        return (0...Int(last - first)).map { (first + Double($0)) * step }
    }

    private func label(_ value: Double) -> String {
        switch scale {
        case .linear: NumberText.short(value)
        case .log2: NumberText.exact(exp2(value))
        case .log10: NumberText.short(pow(10, value))
        }
    }
}
