import Testing

@testable import Plots

private let rising = Plot(
    "Throughput", x: Plot.Axis("rows", scale: .log2), y: Plot.Axis("rows/s", includesZero: true),
    series: [Plot.Series("all", [.init(1, 100), .init(2, 180), .init(4, 300), .init(8, 400)])],
    marks: [.x(4, label: "advised")])

private func lines(_ plot: Plot, width: Int = 40, isASCII: Bool = true) -> [String] {
    TerminalPlot(width: width, height: 5, isASCII: isASCII).text(plot).split(separator: "\n").map(String.init)
}

@Test func curveMarkAndAxesAreDrawnInASCII() {
    let text = lines(rising)
    let expected = [
        "Throughput", "rows/s",
        "500 +                      :",
        "    |                      :     .....*",
        "    |                 .....*.....",
        "    |*..........*.....     :",
        "  0 +                      :",
        "    ++----------+----------+----------+",
        "     1          2          4          8",
        "                                   rows",
        "                           ^ advised",
    ]
    #expect(text == expected, "\(text.joined(separator: "\n"))")
}

@Test func brailleIsUsedElsewhere() {
    let text = lines(rising, isASCII: false)
    #expect(text[2...6].joined().unicodeScalars.contains { (0x2801...0x28ff).contains($0.value) })
    #expect(text[2...6].joined().filter { $0 == "●" }.count == 4 && text.allSatisfy { $0.count <= 40 })
}

@Test(arguments: [
    [], [Plot.Point(3, 3)], [.init(1, 0), .init(2, 0)], [.init(0, 1), .init(0, 2)],
    [.init(.nan, 1), .init(1, .infinity)],
    [.init(1, 1e308), .init(2, -1e308)], [.init(5, 5), .init(5, 5), .init(5, 5)],
    [.init(1, Double.leastNonzeroMagnitude), .init(1e300, 1)],
])
func extremePointsAreDrawnWithinTheWidth(_ points: [Plot.Point]) {
    for scale in [Plot.Scale.linear, .log2, .log10] {
        let plot = Plot(
            "t", x: Plot.Axis("x", scale: scale), y: Plot.Axis("y", scale: scale), series: [Plot.Series("s", points)],
            marks: [.x(points.first?.x ?? 0, label: "here"), .y(points.first?.y ?? 0, label: "goal")])
        for isASCII in [true, false] {
            let text = lines(plot, isASCII: isASCII)
            #expect(text.count >= 7 && text.allSatisfy { $0.count <= 40 }, "\(text)")
        }
    }
}

@Test func textsCannotMoveTheCursor() {
    let plot = Plot(
        "a\u{1b}[2J\n\u{9b}b", x: Plot.Axis("µs\u{202e}"), y: Plot.Axis("ü"), series: [Plot.Series("s\r", [])],
        marks: [.x(0.5, label: "\u{7}m")])
    let text = TerminalPlot(width: 40, height: 4, isASCII: true).text(plot)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7f).contains($0.value) })
    #expect(text.hasPrefix("a [2J  b\n?\n") && text.contains("us"))
    let bright = TerminalPlot(width: 40, height: 4).text(plot)
    #expect(!bright.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7f..<0xa0).contains($0.value) })
}

@Test func namesTellSeveralCurvesApart() {
    var plot = rising
    plot.series.append(Plot.Series("p99", [.init(1, 50), .init(8, 90)], isDashed: true))
    #expect(lines(plot).suffix(2) == ["* all", "o p99"])
}
