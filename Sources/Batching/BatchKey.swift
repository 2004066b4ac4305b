import Tensors

/// What requests must have in common to share a batch: types and sizes of their inputs along all dimensions but the first.
///
/// With padding of variable lengths, ranks instead of sizes, up to the rank that can be padded.
struct BatchKey: Sendable, Hashable {
    /// Beyond so many words, the words are in `more`.
    private static let inlineWords = 16

    private var words = InlineArray<16, Int>(repeating: 0)
    private var count = 0
    private var more: [Int] = []

    /// - Parameter padsVariableLengths: whether inputs of different lengths are made equal.
    init(_ inputs: [any BatchInput], padsVariableLengths: Bool) {
        for input in inputs {
            let shape = input.shape
            append(Int(input.dataType.rawValue) << 8 | shape.rank)
            guard !padsVariableLengths || shape.rank > BatchPadding.maximumRank else { continue }
            for index in 1..<max(shape.rank, 1) { append(shape[index]) }
        }
    }

    private mutating func append(_ word: Int) {
        if count < BatchKey.inlineWords {
            words[count] = word
        } else {
            more.append(word)
        }
        count += 1
    }

    static func == (a: BatchKey, b: BatchKey) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<min(a.count, inlineWords) where a.words[index] != b.words[index] { return false }
        return a.more == b.more
    }

    func hash(into hasher: inout Hasher) {
        for index in 0..<min(count, BatchKey.inlineWords) { hasher.combine(words[index]) }
        if !more.isEmpty { hasher.combine(more) }
    }
}
