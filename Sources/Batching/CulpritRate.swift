/// How many of a queue's requests fail by their own fault, over the last hundred or so: says how many may share a run.
///
/// A failing request costs its neighbours further runs. One now and then is no matter; where many fail, smaller batches cost
/// less than finding out who it was.
struct CulpritRate: Sendable {
    private var share = 0.0

    /// Requests that count as much as all before them.
    private static let window = 128.0

    /// Learns what became of the requests of a batch.
    mutating func record(requests: Int, culprits: Int) {
        guard requests > 0, culprits > 0 || share > 0 else { return }
        let weight = min(1, Double(requests) / CulpritRate.window)
        share += (Double(culprits) / Double(requests) - share) * weight
        if share < 1 / (64 * CulpritRate.window) { share = 0 }
    }

    /// Requests that may share a run so that it fails no more often than every other time; nil: any number.
    var mostTogether: Int? { share > 0 ? max(1, Int(min(0.5 / share, Double(Int32.max)))) : nil }
}
