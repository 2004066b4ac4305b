import ServingCore

/// What a batch is made of: a whole request, or a part of one that was split over several batches.
///
/// Every piece is completed exactly once. The pieces of a request cover its rows, none twice.
struct BatchPiece: Sendable {
    let request: BatchRequest
    /// Positions along the first dimension of the request's inputs.
    let rows: Range<Int>
    /// When the request came into its queue, nanoseconds.
    let arrival: UInt64

    /// The request as a single piece.
    init(_ request: BatchRequest, arrival: UInt64) {
        self.init(request, rows: 0..<request.rows, arrival: arrival)
    }

    init(_ request: BatchRequest, rows: Range<Int>, arrival: UInt64) {
        self.request = request
        self.rows = rows
        self.arrival = arrival
    }

    var isWhole: Bool { rows.count == request.rows }

    /// Whether nobody needs this piece any more, because another part of the request has failed.
    var isMoot: Bool { !isWhole && request.isSettled }

    /// Answers the request if it is whole, otherwise when the last of its parts is completed.
    func fail(_ status: Status) { request.complete(rows, .failure(status)) }
}
