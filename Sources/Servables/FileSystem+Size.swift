import ServingCore

extension FileSystem {
    /// Bytes of all files below `directory`; nil if it cannot be read.
    ///
    /// Looks at no more than `limit` files and 16 levels, so that a link that leads back up cannot hold it.
    public func byteCount(of directory: String, limit: Int = 10_000) -> Int? {
        var budget = limit
        return byteCount(of: directory, depth: 0, budget: &budget)
    }

    private func byteCount(of directory: String, depth: Int, budget: inout Int) -> Int? {
        guard let names = try? entries(of: directory).map(\.name) else { return nil }
        var sum = 0
        for name in names where budget > 0 {
            budget -= 1
            let path = "\(directory)/\(name)"
            guard let facts = try? facts(of: path) else { continue }
            let bytes: Int
            if facts.isDirectory {
                bytes = depth < 16 ? byteCount(of: path, depth: depth + 1, budget: &budget) ?? 0 : 0
            } else {
                bytes = Int(clamping: max(0, facts.size))
            }
            sum = sum.addingReportingOverflow(bytes).overflow ? .max : sum + bytes
        }
        return sum
    }
}
