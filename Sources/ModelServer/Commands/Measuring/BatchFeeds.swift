import Batching
import Graphs
import Models
import ServingCore
import Tensors

/// The inputs of a signature for batches of any size: a few different rows, repeated.
struct BatchFeeds: Sendable {
    /// For each input in feeding order, rows along the first dimension; at least one.
    private let rows: [Tensor]

    init(rows: [Tensor]) { self.rows = rows }

    /// Bytes of the inputs of one row.
    var bytesPerRow: Int { rows.reduce(0) { $0 + $1.byteCount / $1.shape[0] } }

    /// Batches with rows that differ from each other need no more.
    var distinctRows: Int { rows.map { $0.shape[0] }.max() ?? 1 }

    /// The inputs of `count` rows, beginning with row `first`. Throws RESOURCE_EXHAUSTED without memory for them.
    func batch(_ count: Int, from first: Int = 0) throws(Status) -> [Tensor] {
        var feeds: [Tensor] = []
        for source in rows {
            var sizes = source.shape.dimensions
            sizes[0] = count
            guard let shape = TensorShape(validating: sizes), shape.isAddressable,
                let batch = Tensor(allocating: source.dataType, shape: shape)
            else {
                throw .resourceExhausted("there is no memory for \(count) rows of \(source.shape)")
            }
            let rowBytes = source.byteCount / source.shape[0]
            for row in 0..<count {
                let from = source.buffer.base + (first + row) % source.shape[0] * rowBytes
                (batch.buffer.base + row * rowBytes).copyMemory(from: from, byteCount: rowBytes)
            }
            if source.dataType.isReference { batch.buffer.attachContents(of: source.buffer) }
            feeds.append(batch)
        }
        return feeds
    }
}
