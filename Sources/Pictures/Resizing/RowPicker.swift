/// Takes pixels as they are: that in whose area the centre of each result lies.
struct RowPicker {
    /// The source of each column; -1: there is none, and the pixels become black.
    private let columns: [Int]
    /// The source of each row, in rising order.
    private let rows: [Int]
    private let channels: Int
    private var nextRow = 0
    private var nextResult = 0

    init(from source: PictureSize, to target: PictureSize, channels: Int) {
        columns = RowPicker.sources(from: source.width, to: target.width)
        rows = RowPicker.sources(from: source.height, to: target.height)
        self.channels = channels
    }

    /// Found by adding up, as Pillow does, whose rounding errors differ from those of a multiplication.
    private static func sources(from source: Int, to target: Int) -> [Int] {
        let scale = Double(source) / Double(target)
        var place = scale * 0.5
        return (0..<target).map { _ in
            defer { place += scale }
            return place < Double(source) ? Int(place) : -1
        }
    }

    /// Takes the next row, from top to bottom, and writes the results that show it to `result`, where rows follow each other.
    mutating func take(_ source: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>) {
        let width = columns.count * channels
        while nextResult < rows.count, rows[nextResult] <= nextRow {
            pick(source, isBlack: rows[nextResult] < 0, result + nextResult * width)
            nextResult += 1
        }
        nextRow += 1
    }

    private func pick(_ row: UnsafePointer<UInt8>, isBlack: Bool, _ result: UnsafeMutablePointer<UInt8>) {
        for (index, column) in columns.enumerated() {
            for channel in 0..<channels {
                result[index * channels + channel] = isBlack || column < 0 ? 0 : row[column * channels + channel]
            }
        }
    }
}
