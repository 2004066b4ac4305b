/// Curves over a pair of axes, free of how they are shown.
public struct Plot: Sendable, Equatable {
    public enum Scale: Sendable {
        case linear
        /// For positive values; others are left out.
        case log2
        /// For positive values; others are left out.
        case log10
    }

    public struct Axis: Sendable, Equatable {
        /// What is shown, with its unit: `rows/s`.
        public var label: String
        public var scale: Scale
        /// Whether a linear axis begins at zero even if all values are far from it.
        public var includesZero: Bool

        public init(_ label: String, scale: Scale = .linear, includesZero: Bool = false) {
            self.label = label
            self.scale = scale
            self.includesZero = includesZero
        }
    }

    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double

        public init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// Points that are joined in their order.
    public struct Series: Sendable, Equatable {
        public var name: String
        public var points: [Point]
        /// Whether its line is broken, which tells it from others without colours.
        public var isDashed: Bool

        public init(_ name: String, _ points: [Point], isDashed: Bool = false) {
            self.name = name
            self.points = points
            self.isDashed = isDashed
        }
    }

    /// A value on one axis that is worth a line across the plot.
    public enum Mark: Sendable, Equatable {
        case x(Double, label: String)
        case y(Double, label: String)
    }

    public var title: String
    public var xAxis: Axis
    public var yAxis: Axis
    public var series: [Series]
    public var marks: [Mark]

    public init(_ title: String, x: Axis, y: Axis, series: [Series], marks: [Mark] = []) {
        self.title = title
        xAxis = x
        yAxis = y
        self.series = series
        self.marks = marks
    }

    /// Where values lie along both axes; `ticks` bounds how many of them are labelled.
    func layouts(xTicks: Int, yTicks: Int) -> (x: AxisLayout, y: AxisLayout) {
        var xs = series.flatMap { $0.points.map(\.x) }
        var ys = series.flatMap { $0.points.map(\.y) }
        for mark in marks {
            switch mark {
            case .x(let value, _): xs.append(value)
            case .y(let value, _): ys.append(value)
            }
        }
        return (
            AxisLayout(xAxis, values: xs, maximumTicks: xTicks, isRounded: false),
            AxisLayout(yAxis, values: ys, maximumTicks: yTicks, isRounded: true)
        )
    }
}
