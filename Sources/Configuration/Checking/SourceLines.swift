/// The lines of a text that findings are about.
enum SourceLines {
    /// Longer lines are not shown.
    private static let longest = 160

    /// The texts of the lines with the numbers `wanted`, which count from 1; without those that are long or not UTF-8.
    static func find(_ wanted: [Int], in text: UnsafeRawBufferPointer) -> [Int: String] {
        var wanted = Set(wanted)
        var lines: [Int: String] = [:]
        var start = 0
        var number = 1
        while !wanted.isEmpty, start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            if wanted.remove(number) != nil, end - start <= longest {
                let tabless = text[start..<end].map { $0 == UInt8(ascii: "\t") ? UInt8(ascii: " ") : $0 }
                if let line = String(validating: tabless, as: UTF8.self) { lines[number] = line }
            }
            start = end + 1
            number += 1
        }
        return lines
    }
}
