import Tensors

/// How an element-wise program walks over its result and its inputs, piece by piece; every piece is short enough for the first
/// cache, and in it each input goes on element by element or stays the same.
struct ElementwiseWalk {
    /// Where an input is broadcast: element `i` of the result reads its element `i / outer * period + i % period`. Both sizes
    /// are products of the last dimensions of the result.
    struct Operand {
        var period: Int
        var outer: Int

        /// One element for all of a stretch of `outer`.
        var repeats: Bool { period == 1 }
    }

    /// Elements of a piece at most.
    static let block = 1024
    /// Inputs that change after fewer elements are written out in full before.
    private static let shortest = 64

    let total: Int
    /// No piece reaches over a multiple of this.
    private(set) var segment: Int
    /// Elements of a piece but the last of a segment.
    private(set) var length = ElementwiseWalk.block

    /// - Parameter total: elements of the result; not 0.
    init(total: Int) {
        self.total = total
        segment = total
    }

    /// How an input of shape `input` is read for a result of shape `shape`; nil if it must be written out in full.
    static func operand(_ input: TensorShape, _ shape: TensorShape, total: Int) -> Operand? {
        let lead = shape.rank - input.rank
        func size(_ axis: Int) -> Int { axis < lead ? 1 : input[axis - lead] }
        // From behind: dimensions that are equal, then those of size 1, then equal ones again.
        var axis = shape.rank - 1
        var period = 1
        while axis >= 0, size(axis) == shape[axis] {
            period *= shape[axis]
            axis -= 1
        }
        var outer = period
        while axis >= 0, size(axis) == 1 {
            outer *= shape[axis]
            axis -= 1
        }
        while axis >= 0, size(axis) == shape[axis] { axis -= 1 }
        guard axis < 0, outer == total || outer >= shortest else { return nil }
        return Operand(period: period, outer: outer)
    }

    /// Takes account of an input.
    mutating func add(_ operand: Operand) {
        if operand.outer < segment { segment = operand.outer }
        if operand.period > ElementwiseWalk.block, operand.period < segment { segment = operand.period }
    }

    /// True if the elements of `operand` go round within a piece, so that they must be written out for it.
    func goesRound(_ operand: Operand) -> Bool { operand.period > 1 && operand.period < segment }

    /// To be called once all inputs are known: a piece must hold whole periods of inputs that go round.
    mutating func align(_ operand: Operand) {
        guard goesRound(operand) else { return }
        length = min(length, ElementwiseWalk.block / operand.period * operand.period)
    }

    private var piecesOfSegment: Int { (segment + length - 1) / length }

    var pieceCount: Int { total / segment * piecesOfSegment }

    /// The elements of piece `index`.
    func piece(_ index: Int) -> Range<Int> {
        let (number, part) = index.quotientAndRemainder(dividingBy: piecesOfSegment)
        let start = number &* segment &+ part &* length
        return start..<min(start &+ length, (number &+ 1) &* segment)
    }

    /// The first element of `operand` that the piece from `start` on reads.
    func offset(_ operand: Operand, _ start: Int) -> Int {
        start / operand.outer &* operand.period &+ start % operand.period
    }
}
