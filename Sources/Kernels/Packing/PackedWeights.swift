import Execution
import ServingCore
import Synchronization
import Tensors

extension KernelConstruction {
    /// A constant in the layout that a kernel wants, as `Float` elements on a boundary of 64 bytes.
    /// - Parameters:
    ///   - source: the constant; its memory goes back to the system if it can be read again from a file.
    ///   - layout: names the layout with all that it depends on, for example `columns 32`; equal names for the same constant
    ///     must mean equal contents.
    ///   - count: the elements of the result.
    ///   - pack: writes all of them, from the elements of the constant times its factors.
    /// Throws as `ConstantWeights.withValues` does.
    func packed(
        _ source: ConstantWeights, layout: String, count: Int,
        _ pack: (_ values: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> Tensor {
        // To look at a few bytes brings many pages into memory.
        defer { source.tensor.buffer.giveBack() }
        let key = PackedWeights.Key(source, layout: layout, count: count)
        if let known = PackedWeights.shared.find(key, source) { return known }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        guard !overflow, let shape = TensorShape(validating: [count]),
            let buffer = PackedMemory.shared.allocate(byteCount: bytes)
        else {
            throw .resourceExhausted("no memory for \(count) packed weights of node \(node.name)")
        }
        let tensor = Tensor(dataType: .float, shape: shape, buffer: buffer)
        try source.withValues { pack($0, tensor.pointer(Float.self)) }
        PackedWeights.shared.keep(tensor, key, source)
        return tensor
    }

    /// The same for a constant that is not empty and has no factors.
    func packed(
        _ source: Tensor, layout: String, count: Int, _ pack: (UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> Tensor {
        let line = WeightMatrix.product([source.elementCount, 1], isTransposed: false)
        return try packed(try ConstantWeights(source, line, factors: nil), layout: layout, count: count) { pack($1) }
    }
}

/// The packed weights of all models of the process: signatures and versions with equal weights share them.
///
/// Weights are found by some of their elements and then compared as a whole, so equal means equal.
final class PackedWeights: Sendable {
    /// What equal weights have in common.
    struct Key: Hashable, Sendable {
        fileprivate let layout: String
        private let count: Int
        private let shape: TensorShape
        private let sample: [UInt8]

        init(_ source: ConstantWeights, layout: String, count: Int) {
            self.layout = layout
            self.count = count
            shape = source.tensor.shape
            sample = Key.sample(source.tensor.bytes)
        }

        /// So many bytes are looked at, spread over the whole.
        private static let sampleCount = 16

        private static func sample(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
            guard bytes.count > sampleCount else { return Array(bytes) }
            // Lowest bits differ most; elements of four bytes begin with them.
            let step = (bytes.count - 1) / sampleCount
            return (0..<sampleCount).map { bytes[$0 &* step & ~3] }
        }
    }

    /// Packed weights and what they were made from, as long as anybody holds both.
    private struct Entry: Sendable {
        weak var packed: TensorBuffer?
        let packedShape: TensorShape
        weak var source: TensorBuffer?
        let sourceShape: TensorShape
        let matrix: WeightMatrix
        let factors: WeightFactors?

        var isOver: Bool { packed == nil || source == nil }
    }

    static let shared = PackedWeights()

    private struct State {
        var entries: [Key: [Entry]] = [:]
        /// Entries that were added since those were dropped that are over.
        var added = 0
    }

    private let state = Mutex(State())

    /// The packed form of weights that equal `source`.
    func find(_ key: Key, _ source: ConstantWeights) -> Tensor? {
        // They are compared without the lock, because that may take a while.
        for entry in state.withLock({ $0.entries[key] ?? [] }) {
            guard let packed = entry.packed, let buffer = entry.source,
                let other = try? ConstantWeights(
                    Tensor(dataType: .float, shape: entry.sourceShape, buffer: buffer), entry.matrix,
                    factors: entry.factors),
                source.equals(other)
            else { continue }
            let tensor = Tensor(dataType: .float, shape: entry.packedShape, buffer: packed)
            // The others may go away before these do.
            if buffer !== source.tensor.buffer { keep(tensor, key, source) }
            return tensor
        }
        return nil
    }

    /// The layouts in which each of `weights`, of the same memory and with the same factors, is held packed.
    func layouts(of weights: [ConstantWeights]) -> [Set<String>] {
        var result = [Set<String>](repeating: [], count: weights.count)
        let positions = Dictionary(grouping: weights.indices) { ObjectIdentifier(weights[$0].tensor.buffer) }
        for (key, entries) in state.withLock({ $0.entries }) {
            for entry in entries where entry.packed != nil {
                guard let source = entry.source else { continue }
                for position in positions[ObjectIdentifier(source)] ?? []
                where weights[position].factors == entry.factors {
                    result[position].insert(key.layout)
                }
            }
        }
        return result
    }

    /// Lets others find `packed` as long as anybody holds it and `source`.
    func keep(_ packed: Tensor, _ key: Key, _ source: ConstantWeights) {
        let entry = Entry(
            packed: packed.buffer, packedShape: packed.shape, source: source.tensor.buffer,
            sourceShape: source.tensor.shape, matrix: source.matrix, factors: source.factors)
        state.withLock { state in
            state.added += 1
            if state.added >= 256 {
                state.entries = state.entries.compactMapValues { entries in
                    let rest = entries.filter { !$0.isOver }
                    return rest.isEmpty ? nil : rest
                }
                state.added = 0
            }
            state.entries[key, default: []].removeAll { $0.isOver }
            state.entries[key, default: []].append(entry)
        }
    }
}
