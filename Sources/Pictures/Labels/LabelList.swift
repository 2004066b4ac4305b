import JSON
import ServingCore
import TensorFiles

/// The names of a model's scores, by index.
struct LabelList: Sendable, Equatable {
    /// The longest file that is read, in bytes.
    static let longestFile = 16 << 20

    private let names: [String]
    private let file: String

    subscript(index: Int) -> String { names[index] }

    var count: Int { names.count }

    /// Reads the file `name`, which is relative to `assets.extra` or `assets` in a version's folder.
    ///
    /// FAILED_PRECONDITION if it leads out of there, is missing or is not a list of labels.
    init(file name: String, in directory: String) throws(Status) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.hasPrefix("/"), !parts.contains(".."), !name.utf8.contains(0) else {
            throw PictureSettings.fault("labels: '\(name)' is not a path below assets.extra or assets")
        }
        var bytes: [UInt8]?
        for folder in ["assets.extra", "assets"] where bytes == nil {
            do throws(Status) {
                bytes = try FileBytes.read("\(directory)/\(folder)/\(name)", limit: LabelList.longestFile)
            } catch {
                guard error.code != .notFound else { continue }
                let reason = error.message.split(separator: ";").last.map(String.init) ?? ""
                throw PictureSettings.fault("labels: \(folder)/\(name):\(reason)")
            }
        }
        guard let bytes else {
            throw PictureSettings.fault("labels: '\(name)' is neither in assets.extra nor in assets")
        }
        try self.init(bytes, file: name)
    }

    /// Reads one label a line, or JSON: a list of labels, or an object from index to label or to a list that ends with the
    /// label, as ImageNet's class index does.
    /// - Parameter file: for error texts.
    init(_ bytes: [UInt8], file: String) throws(Status) {
        self.file = file
        var text = bytes[...]
        if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
        let first = text.first { !" \t\r\n".utf8.contains($0) }
        let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") && file.hasSuffix(".json")
        names = isJSON ? try LabelList.names(json: Array(text), file) : LabelList.names(lines: text)
        guard !names.isEmpty else { throw PictureSettings.fault("labels: '\(file)' has no labels") }
    }

    private static func names(lines text: ArraySlice<UInt8>) -> [String] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func names(json text: [UInt8], _ file: String) throws(Status) -> [String] {
        let document: JSONDocument
        do throws(Status) {
            document = try JSONDocument(text, maximumDepth: 8)
        } catch {
            throw PictureSettings.fault("labels: '\(file)' \(error.message)")
        }
        let root = document.root
        defer { withExtendedLifetime(document) {} }
        var names = [String?](repeating: nil, count: root.count)
        func name(_ value: JSONElement, _ index: Int) throws(Status) -> String {
            var last = value
            if case .array = value.kind { value.forEach { last = $0 } }
            guard case .string = last.kind else {
                throw PictureSettings.fault(
                    "labels: '\(file)' has \(last.kindName) for index \(index); a label or a list that ends with it was "
                        + "expected")
            }
            return last.text
        }
        if case .array = root.kind {
            var index = 0
            try root.forEach { (value) throws(Status) in
                names[index] = try name(value, index)
                index += 1
            }
        } else {
            try root.forEachMember { (key, value) throws(Status) in
                guard let index = Int(key.text), names.indices.contains(index), names[index] == nil else {
                    throw PictureSettings.fault(
                        "labels: '\(file)' has the key \"\(key.text)\"; each number from 0 to \(names.count - 1) was "
                            + "expected once")
                }
                names[index] = try name(value, index)
            }
        }
        return names.compactMap { $0 }
    }

    /// FAILED_PRECONDITION unless there are as many labels as scores.
    func check(count: Int, _ output: String) throws(Status) {
        guard names.count == count else {
            throw PictureSettings.fault(
                "labels: '\(file)' has \(names.count) labels, but the output '\(output)' has \(count) scores")
        }
    }
}
