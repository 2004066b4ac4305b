/// Dots in a grid of characters: eight of them in a character as braille, or one as ASCII.
struct DotCanvas {
    let columns: Int
    let rows: Int
    /// Dots of a character, across and down.
    let cell: (width: Int, height: Int)
    private var cells: [UInt8]
    /// Characters that stand instead of dots, by cell.
    private var letters: [Int: Character] = [:]

    /// The bits of a braille character by column and row.
    private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

    init(columns: Int, rows: Int, isASCII: Bool) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
        cell = isASCII ? (1, 1) : (2, 4)
        cells = [UInt8](repeating: 0, count: self.columns * self.rows)
    }

    /// Dots across and down.
    var width: Int { columns * cell.width }
    var height: Int { rows * cell.height }

    /// Sets the dot at `x` from the left and `y` from the top; nothing beyond the edges.
    mutating func set(_ x: Int, _ y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let bit = cell.width == 1 ? 1 : DotCanvas.bits[x % 2][y % 4]
        cells[y / cell.height * columns + x / cell.width] |= bit
    }

    /// Puts a character where a dot is, in front of all dots of its cell.
    mutating func put(_ letter: Character, _ x: Int, _ y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        letters[y / cell.height * columns + x / cell.width] = letter
    }

    /// Joins two dots within the edges; of a dashed line only every other pair of dots is set.
    mutating func line(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int), isDashed: Bool = false) {
        let steps = max(abs(to.x - from.x), abs(to.y - from.y))
        for step in 0...steps where !isDashed || step % 4 < 2 {
            let part = steps == 0 ? 0 : Double(step) / Double(steps)
            set(
                from.x + Int((Double(to.x - from.x) * part).rounded()),
                from.y + Int((Double(to.y - from.y) * part).rounded()))
        }
    }

    /// The characters of a row from the top, spaces where nothing was drawn.
    func text(row: Int) -> String {
        String(
            (0..<columns).map { column in
                let index = row * columns + column
                if let letter = letters[index] { return letter }
                guard cells[index] != 0 else { return " " }
                return cell.width == 1 ? "." : Character(Unicode.Scalar(0x2800 + UInt32(cells[index])) ?? " ")
            })
    }
}
