/// Finds what somebody who mistyped a name may have meant.
public enum NameSuggestion {
    /// The candidate that differs least from `name`, if at most a third of it differs; the first one of several.
    public static func nearest(to name: String, in candidates: [String]) -> String? {
        let wanted = Array(name.utf8.prefix(128))
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let distance = distance(wanted, Array(candidate.utf8))
            let allowed = max(1, max(wanted.count, candidate.utf8.count) / 3)
            if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// The number of letters to insert, delete, replace or exchange with their neighbour to get from `a` to `b`,
    /// regardless of case.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        func isSame(_ row: Int, _ column: Int) -> Bool { a[row] | 0x20 == b[column] | 0x20 }
        var beforePrevious: [Int] = []
        var previous = Array(0...b.count)
        for row in a.indices {
            var current = [row + 1]
            for column in b.indices {
                var best = min(
                    previous[column] + (isSame(row, column) ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, isSame(row, column - 1), isSame(row - 1, column) {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[b.count]
    }
}
