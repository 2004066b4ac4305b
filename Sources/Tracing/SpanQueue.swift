/// Spans that wait to be exported; bounded, and what finds no room is dropped and counted. A pure state machine.
struct SpanQueue {
    let limit: Int
    /// Spans that go together at most.
    let batchLimit: Int
    private var spans: [Span] = []
    /// Where the queue begins in `spans`.
    private var head = 0
    private(set) var dropped: UInt64 = 0

    init(limit: Int, batchLimit: Int) {
        self.limit = limit
        self.batchLimit = batchLimit
    }

    var count: Int { spans.count - head }

    /// Whether there are enough spans for a batch that need not wait for more.
    var hasBatch: Bool { count >= batchLimit }

    /// Takes all of `new`, which belong together, or none of them.
    mutating func offer(_ new: [Span]) {
        guard count + new.count <= limit else {
            dropped += UInt64(new.count)
            return
        }
        spans += new
    }

    /// The oldest spans; empty if there are none.
    mutating func takeBatch() -> [Span] {
        let end = min(spans.count, head + batchLimit)
        let batch = Array(spans[head..<end])
        head = end
        if head * 2 >= spans.count {
            spans.removeFirst(head)
            head = 0
        }
        return batch
    }
}
