import Threading

/// The machine as reports name it.
enum Machine {
    /// The processor's name and how many of its threads may be used.
    static var text: String {
        let name = SystemFile.contents(of: "/proc/cpuinfo").flatMap(processorName) ?? "processor of unknown kind"
        return "\(name), \(Readable.counted(ProcessorCount.available, "processor"))"
    }

    /// The name in the text of `/proc/cpuinfo`; nil where it tells none.
    static func processorName(in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[line.index(after: colon)...].split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            if !name.isEmpty { return name }
        }
        return nil
    }
}
