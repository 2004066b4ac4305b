import Testing

@testable import Plots

/// The names of the elements in `text` if it is well-formed as far as these pictures go; nil if not.
private func elements(_ text: String) -> [String]? {
    var names: [String] = []
    var open: [String] = []
    var rest = text[...]
    while let begin = rest.firstIndex(of: "<") {
        guard let end = rest[begin...].firstIndex(of: ">") else { return nil }
        let tag = rest[rest.index(after: begin)..<end]
        rest = rest[rest.index(after: end)...]
        if tag.hasPrefix("?") { continue }
        if tag.hasPrefix("/") {
            guard open.popLast() == String(tag.dropFirst()) else { return nil }
            continue
        }
        let name = String(tag.prefix { $0 != " " && $0 != "/" })
        names.append(name)
        if !tag.hasSuffix("/") { open.append(name) }
    }
    return open.isEmpty ? names : nil
}

private func plot(_ points: [Plot.Point], _ scale: Plot.Scale = .linear, label: String = "x") -> Plot {
    Plot(
        label, x: Plot.Axis(label, scale: scale), y: Plot.Axis(label, scale: scale),
        series: [Plot.Series(label, points), Plot.Series("b", points, isDashed: true)],
        marks: [.x(2, label: label), .y(3, label: label)])
}

@Test func pictureHoldsCurvesAndMarks() throws {
    let text = SVGPlot.text("Tuning", [plot([.init(1, 2), .init(2, 3), .init(4, 1)], .log2), plot([])])
    let names = try #require(elements(text))
    #expect(names.first == "svg" && names.filter { $0 == "polyline" }.count == 4)
    #expect(names.filter { $0 == "circle" }.count == 6 && names.filter { $0 == "title" }.count == 1)
    #expect(text.contains("prefers-color-scheme:dark") && text.contains("height=\"640\""))
    #expect(!text.contains("href") && !text.contains("nan") && !text.contains("inf"))
}

@Test func textsAreEscaped() throws {
    let text = SVGPlot.text("<a & \"b\"'\u{0}\u{1b}\u{fffe}", [plot([.init(1, 1)], label: "</text><script>")])
    let names = try #require(elements(text))
    #expect(!names.contains("script") && text.contains("&lt;a &amp; &quot;b&quot;&#39;</title>"))
    #expect(!text.unicodeScalars.contains { $0.value < 9 || $0.value == 0x1b || $0.value == 0xfffe })
}

@Test(arguments: [
    [Plot.Point(3, 3)], [.init(1, 0), .init(2, 0)], [.init(.nan, 1), .init(1, .infinity)],
    [.init(1, 1e308), .init(2, -1e308)], [.init(5, 5), .init(5, 5)], [.init(0, 0)],
])
func extremePointsMakeSoundPictures(_ points: [Plot.Point]) throws {
    for scale in [Plot.Scale.linear, .log2, .log10] {
        let text = SVGPlot.text("", [plot(points, scale)])
        #expect(elements(text) != nil && !text.contains("nan") && !text.contains("\"inf"))
    }
}
