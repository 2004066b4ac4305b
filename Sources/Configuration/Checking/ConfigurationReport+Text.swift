import ServingProtos

extension ConfigurationReport {
    /// The report for people: findings as compilers write them, what would be served, and a last line that sums up.
    public var text: String {
        var lines: [String] = []
        if let kind {
            let assumption = assumption.map { ", assumed because \($0)" } ?? ""
            lines.append("\(file): checked as \(kind.rawValue) (--\(kind.flag)\(assumption))")
        }
        for finding in findings { lines += self.lines(of: finding) }
        if hiddenCount > 0 { lines.append("\(file): \(hiddenCount) further findings are not shown") }
        if !models.isEmpty {
            lines.append(isAccepted ? "Would be served:" : "Would be served, once the errors are mended:")
        }
        for model in models { lines += model.lines }
        lines.append("\(file): \(summary)")
        return lines.map { $0.withoutControlCharacters + "\n" }.joined()
    }

    private var summary: String {
        func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
        if findings.isEmpty { return "fine" }
        return isAccepted
            ? "accepted, with \(count(warningCount, "warning"))"
            : "refused: \(count(errorCount, "error")), \(count(warningCount, "warning"))"
    }

    private func lines(of finding: Finding) -> [String] {
        let advice = finding.advice.map { "; \($0)" } ?? ""
        var text = finding.text
        if !advice.isEmpty, text.hasSuffix(".") { text.removeLast() }
        var lines = ["\(place(finding.place)): \(finding.severity.rawValue): \(text)\(advice)"]
        if let place = finding.place, let line = self.lines[place.line], place.column <= line.utf8.count + 1 {
            let before = String(decoding: line.utf8.prefix(place.column - 1), as: UTF8.self)
            lines += ["    \(line)", "    \(String(repeating: " ", count: before.count))^"]
        }
        return lines + finding.notes.map { "\(place($0.place)): note: \($0.what)" }
    }

    private func place(_ place: TextPlace?) -> String { place.map { "\(file):\($0.line):\($0.column)" } ?? file }
}

extension ServedModel {
    /// The lines of a report about the model.
    fileprivate var lines: [String] {
        let name = model.name.isEmpty ? "(without a name)" : model.name
        let source = model.basePath + (isRelative ? " (base_path counts from the folder of the file)" : "")
        let policy = "(policy: \(model.policy.summary)) from \(source)"
        guard let found else { return ["  \(name): versions unknown \(policy)"] }
        func list(_ versions: [Int64]) -> String {
            versions.prefix(20).map(String.init).joined(separator: ", ") + (versions.count > 20 ? ", ..." : "")
        }
        var line = "  \(name): "
        if served.isEmpty {
            line += found.isEmpty ? "nothing, there are no versions" : "nothing of \(list(found))"
        } else {
            line += (served.count == 1 ? "version " : "versions ") + list(served)
            if served.count < found.count { line += " of \(list(found))" }
        }
        line += " \(policy)"
        return [line]
            + labels.map { "    label \($0.name): version \($0.version)\($0.isServed ? "" : ", which is not served")" }
    }
}

extension String {
    /// The text with control characters written out, so that it cannot do anything to a terminal.
    fileprivate var withoutControlCharacters: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.properties.generalCategory == .control {
                text += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
