/// Plots as one SVG picture, one below the other, that needs no other file and can be read on light and on dark pages.
public struct SVGPlot: Sendable {
    private static let width = 720.0
    private static let height = 300.0
    /// Around the area in which curves are drawn: what labels need.
    private static let edges = (left: 72.0, top: 48.0, right: 24.0, bottom: 48.0)

    private var body = ""

    /// The picture of `plots`.
    /// - Parameter title: of all of them; also what is read to those who do not see it.
    public static func text(_ title: String, _ plots: [Plot]) -> String {
        var picture = SVGPlot()
        let head = title.isEmpty ? 8.0 : 40.0
        if !title.isEmpty { picture.write(title, width / 2, 26, "middle", "title") }
        for (index, plot) in plots.enumerated() { picture.draw(plot, top: head + Double(index) * height) }
        let total = NumberText.fixed(head + Double(plots.count) * height, decimals: 0)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" role="img" width="720" height="\(total)" viewBox="0 0 720 \(total)">
            <title>\(escaped(title))</title>
            <style>\(style)</style>
            <rect class="page" width="720" height="\(total)"/>

            """ + picture.body + "</svg>\n"
    }

    private static let style = """
        .page{fill:#fff}text{fill:#24292f;font:12px system-ui,sans-serif}.title{font-size:16px;font-weight:600}\
        .head{font-weight:600}.grid{stroke:#d0d7de}.axis{stroke:#57606a}.mark{stroke:#8250df;stroke-dasharray:3 3}\
        .note{fill:#8250df}.c{fill:none;stroke-width:2}.dash{stroke-dasharray:7 4}\
        .c0{stroke:#0969da}.c1{stroke:#bc4c00}.c2{stroke:#1a7f37}.c3{stroke:#a40e26}\
        .d0{fill:#0969da}.d1{fill:#bc4c00}.d2{fill:#1a7f37}.d3{fill:#a40e26}\
        @media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.grid{stroke:#30363d}.axis{stroke:#8b949e}\
        .mark{stroke:#d2a8ff}.note{fill:#d2a8ff}.c0{stroke:#58a6ff}.c1{stroke:#f0883e}.c2{stroke:#3fb950}\
        .c3{stroke:#ff7b72}.d0{fill:#58a6ff}.d1{fill:#f0883e}.d2{fill:#3fb950}.d3{fill:#ff7b72}}
        """

    // MARK: Drawing

    /// The area in which the curves of a plot are drawn.
    private struct Area {
        var left: Double
        var top: Double
        var right: Double
        var bottom: Double

        func x(_ position: Double) -> Double { left + (right - left) * min(max(position, 0), 1) }
        func y(_ position: Double) -> Double { bottom - (bottom - top) * min(max(position, 0), 1) }
    }

    private mutating func draw(_ plot: Plot, top: Double) {
        let (edges, width, height) = (SVGPlot.edges, SVGPlot.width, SVGPlot.height)
        let area = Area(
            left: edges.left, top: top + edges.top, right: width - edges.right, bottom: top + height - edges.bottom)
        let (x, y) = plot.layouts(xTicks: 12, yTicks: 6)
        write(plot.title, area.left, top + 18, "start", "head")
        write(plot.yAxis.label, area.left, top + 38, "start")
        write(plot.xAxis.label, area.right, area.bottom + 38, "end")
        for tick in y.ticks {
            line(area.left, area.y(tick.position), area.right, area.y(tick.position), "grid")
            write(tick.label, area.left - 8, area.y(tick.position) + 4, "end")
        }
        for tick in x.ticks {
            line(area.x(tick.position), area.bottom, area.x(tick.position), area.bottom + 5, "axis")
            write(tick.label, area.x(tick.position), area.bottom + 20, "middle")
        }
        line(area.left, area.bottom, area.right, area.bottom, "axis")
        draw(plot.marks, x, y, area)
        for (index, series) in plot.series.enumerated() { draw(series, index, x, y, area) }
        if plot.series.count > 1 { legend(plot.series, area.right, top + 18) }
    }

    private mutating func draw(_ marks: [Plot.Mark], _ x: AxisLayout, _ y: AxisLayout, _ area: Area) {
        for mark in marks {
            switch mark {
            case .x(let value, let label):
                guard let position = x.position(value) else { continue }
                let across = area.x(position)
                line(across, area.top, across, area.bottom, "mark")
                let isRight = position > 0.5
                write(label, across + (isRight ? -6 : 6), area.bottom - 8, isRight ? "end" : "start", "note")
            case .y(let value, let label):
                guard let position = y.position(value) else { continue }
                line(area.left, area.y(position), area.right, area.y(position), "mark")
                write(label, area.left + 6, area.y(position) - 6, "start", "note")
            }
        }
    }

    private mutating func draw(_ series: Plot.Series, _ index: Int, _ x: AxisLayout, _ y: AxisLayout, _ area: Area) {
        let places = series.points.compactMap { point -> String? in
            guard let across = x.position(point.x), let up = y.position(point.y) else { return nil }
            return "\(SVGPlot.number(area.x(across))),\(SVGPlot.number(area.y(up)))"
        }
        let dash = series.isDashed ? " dash" : ""
        body += "<polyline class=\"c c\(index % 4)\(dash)\" points=\"\(places.joined(separator: " "))\"/>\n"
        guard places.count <= 100 else { return }
        for place in places {
            let parts = place.split(separator: ",")
            body += "<circle class=\"d\(index % 4)\" cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"3.5\"/>\n"
        }
    }

    /// Names at the right, the last one outermost.
    private mutating func legend(_ series: [Plot.Series], _ right: Double, _ y: Double) {
        var right = right
        for (index, one) in series.enumerated().reversed() {
            write(one.name, right, y, "end")
            // Wide enough for most fonts; nobody measures text here.
            let begin = right - Double(one.name.count) * 7 - 8
            line(begin - 24, y - 4, begin, y - 4, "c c\(index % 4)\(one.isDashed ? " dash" : "")")
            right = begin - 40
        }
    }

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        let (x1, y1, x2, y2) = (SVGPlot.number(x1), SVGPlot.number(y1), SVGPlot.number(x2), SVGPlot.number(y2))
        body += "<line class=\"\(style)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>\n"
    }

    private mutating func write(_ text: String, _ x: Double, _ y: Double, _ anchor: String, _ style: String? = nil) {
        guard !text.isEmpty else { return }
        let style = style.map { " class=\"\($0)\"" } ?? ""
        body +=
            "<text\(style) x=\"\(SVGPlot.number(x))\" y=\"\(SVGPlot.number(y))\" text-anchor=\"\(anchor)\">"
            + SVGPlot.escaped(text) + "</text>\n"
    }

    private static func number(_ value: Double) -> String {
        (value < 0 ? "-" : "") + NumberText.fixed(min(abs(value), 1e6), decimals: 1)
    }

    /// `text` as it may stand in an element or an attribute; characters that XML cannot hold are left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: result += "&amp;"
            case 0x3c: result += "&lt;"
            case 0x3e: result += "&gt;"
            case 0x22: result += "&quot;"
            case 0x27: result += "&#39;"
            case 0x9, 0xa, 0xd, 0x20..<0x7f, 0xa0...0xd7ff, 0xe000...0xfffd, 0x10000...:
                result.unicodeScalars.append(scalar)
            default: break
            }
        }
        return result
    }
}
