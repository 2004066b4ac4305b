/// A plot as lines of text.
public struct TerminalPlot: Sendable {
    /// Characters in a line.
    public var width: Int
    /// Lines of the area in which curves are drawn.
    public var height: Int
    /// Whether only ASCII may be used.
    public var isASCII: Bool

    /// - Parameters:
    ///   - width: brought into 30...240.
    ///   - height: brought into 3...100.
    public init(width: Int = 80, height: Int = 10, isASCII: Bool = false) {
        self.width = min(max(width, 30), 240)
        self.height = min(max(height, 3), 100)
        self.isASCII = isASCII
    }

    /// The plot as lines, each with its end.
    public func text(_ plot: Plot) -> String {
        let (x, y) = plot.layouts(xTicks: max(2, width / 10), yTicks: max(2, min(6, height / 2)))
        let labels = y.ticks.map { (row(of: $0.position), plain($0.label)) }
        let margin = labels.map(\.1.count).max() ?? 0
        var canvas = DotCanvas(columns: width - margin - 3, rows: height, isASCII: isASCII)
        let markColumns = draw(plot, x, y, &canvas)

        var lines = [plain(plot.title), plain(plot.yAxis.label)].filter { !$0.isEmpty }
        for row in 0..<height {
            let label = labels.first { $0.0 == row }?.1
            let edge = isASCII ? (label == nil ? "|" : "+") : (label == nil ? "│" : "┤")
            lines.append(padded(label ?? "", margin) + " " + edge + canvas.text(row: row))
        }
        lines += axis(x, margin, canvas.columns, plain(plot.xAxis.label))
        lines += legend(plot, markColumns, margin + 2)
        return lines.map { TerminalPlot.trimmed($0) + "\n" }.joined()
    }

    private func row(of position: Double) -> Int {
        min(max(Int(((1 - position) * Double(height - 1)).rounded()), 0), height - 1)
    }

    /// Draws marks and curves; returns the columns of the marks of the x axis with their labels.
    private func draw(_ plot: Plot, _ x: AxisLayout, _ y: AxisLayout, _ canvas: inout DotCanvas) -> [(Int, String)] {
        func dot(_ position: Double, _ count: Int) -> Int {
            min(max(Int((position * Double(count - 1)).rounded()), 0), count - 1)
        }
        var columns: [(Int, String)] = []
        for mark in plot.marks {
            switch mark {
            case .x(let value, let label):
                guard let position = x.position(value) else { continue }
                let across = dot(position, canvas.width)
                for down in stride(from: 0, to: canvas.height, by: canvas.cell.height == 1 ? 1 : 2) {
                    if isASCII { canvas.put(":", across, down) } else { canvas.set(across, down) }
                }
                columns.append((across / canvas.cell.width, label))
            case .y(let value, _):
                guard let position = y.position(value) else { continue }
                let down = canvas.height - 1 - dot(position, canvas.height)
                for across in stride(from: 0, to: canvas.width, by: canvas.cell.width == 1 ? 2 : 3) {
                    if isASCII { canvas.put("-", across, down) } else { canvas.set(across, down) }
                }
            }
        }
        for (index, series) in plot.series.enumerated() {
            let dots = series.points.compactMap { point -> (x: Int, y: Int)? in
                guard let across = x.position(point.x), let down = y.position(point.y) else { return nil }
                return (dot(across, canvas.width), canvas.height - 1 - dot(down, canvas.height))
            }
            for (from, to) in zip(dots, dots.dropFirst()) { canvas.line(from, to, isDashed: series.isDashed) }
            for dot in dots { canvas.put(symbol(index), dot.x, dot.y) }
        }
        return columns
    }

    private func symbol(_ index: Int) -> Character {
        let symbols: [Character] = isASCII ? ["*", "o", "x", "@"] : ["●", "○", "◆", "◇"]
        return symbols[index % symbols.count]
    }

    private func axis(_ x: AxisLayout, _ margin: Int, _ columns: Int, _ label: String) -> [String] {
        var line = [Character](repeating: isASCII ? "-" : "─", count: columns)
        var numbers = [Character](repeating: " ", count: columns)
        var free = 0
        for tick in x.ticks where (0...1).contains(tick.position) {
            let column = min(max(Int((tick.position * Double(columns - 1)).rounded()), 0), columns - 1)
            line[column] = isASCII ? "+" : "┬"
            let text = Array(plain(tick.label))
            let begin = max(0, min(column - text.count / 2, columns - text.count))
            guard begin >= free, begin + text.count <= columns else { continue }
            numbers.replaceSubrange(begin..<begin + text.count, with: text)
            free = begin + text.count + 1
        }
        let indent = String(repeating: " ", count: margin + 1)
        let name = padded(label, margin + 2 + columns)
        return [indent + (isASCII ? "+" : "└") + String(line), indent + " " + String(numbers), name]
            .filter { !TerminalPlot.trimmed($0).isEmpty }
    }

    private func legend(_ plot: Plot, _ marks: [(Int, String)], _ indent: Int) -> [String] {
        var lines = marks.map { column, label in
            let text = plain(label)
            let pointer = isASCII ? "^" : "▲"
            let at = indent + column
            guard at + 2 + text.count > width else { return String(repeating: " ", count: at) + "\(pointer) \(text)" }
            return padded("\(text) \(pointer)", at + 1)
        }
        for case .y(_, let label) in plot.marks { lines.append((isASCII ? "- - " : "┄┄┄ ") + plain(label)) }
        if plot.series.count > 1 {
            lines += plot.series.enumerated().map { "\(symbol($0.offset)) \(plain($0.element.name))" }
        }
        return lines
    }

    // MARK: Text

    /// `text` without what could move the cursor, and in ASCII if that is wanted.
    private func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20..<0x7f: result.unicodeScalars.append(scalar)
            case 0..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: result += " "
            case _ where !isASCII: result.unicodeScalars.append(scalar)
            case 0xb5: result += "u"
            default: result += "?"
            }
        }
        return result
    }

    /// `text` at the right of so many characters.
    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}
