import Execution
import ServingCore
import Synchronization
import Tensors

extension KernelConstruction {
    /// A constant in the layout that a kernel wants, as `Float` elements on a boundary of 64 bytes.
    /// - Parameters:
    ///   - source: the constant.
    ///   - layout: names the layout with all that it depends on, for example `columns 32`; equal names for the same constant
    ///     must mean equal contents.
    ///   - count: the elements of the result.
    ///   - pack: writes all of them.
    /// Throws RESOURCE_EXHAUSTED if the memory is missing.
    func packed(
        _ source: Tensor, layout: String, count: Int, _ pack: (UnsafeMutablePointer<Float>) -> Void
    ) throws(Status) -> Tensor {
        let key = PackedWeights.Key(source, layout: layout, count: count)
        if let known = PackedWeights.shared.find(key) { return known }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        guard !overflow, let shape = TensorShape(validating: [count]),
            let buffer = TensorBuffer(lastingByteCount: bytes)
        else {
            throw .resourceExhausted("no memory for \(count) packed weights of node \(node.name)")
        }
        let tensor = Tensor(dataType: .float, shape: shape, buffer: buffer)
        pack(tensor.pointer(Float.self))
        PackedWeights.shared.keep(tensor, key)
        return tensor
    }
}

/// The packed weights of all models of the process: signatures and versions with equal weights share them.
final class PackedWeights: Sendable {
    /// Stands for the contents of a constant and a layout; that two contents have the same is left to chance, of which there is
    /// less than of a broken memory.
    struct Key: Hashable, Sendable {
        private let layout: String
        private let count: Int
        private let shape: TensorShape
        private let fingerprint: Fingerprint

        init(_ source: Tensor, layout: String, count: Int) {
            self.layout = layout
            self.count = count
            shape = source.shape
            fingerprint = Fingerprint(UnsafeRawBufferPointer(start: source.buffer.base, count: source.byteCount))
        }
    }

    private struct Entry: Sendable {
        weak var buffer: TensorBuffer?
        let shape: TensorShape
    }

    static let shared = PackedWeights()

    private let entries = Mutex<[Key: Entry]>([:])

    func find(_ key: Key) -> Tensor? {
        entries.withLock { entries in
            guard let entry = entries[key], let buffer = entry.buffer else { return nil }
            return Tensor(dataType: .float, shape: entry.shape, buffer: buffer)
        }
    }

    /// Lets others find `tensor` as long as anybody holds it.
    func keep(_ tensor: Tensor, _ key: Key) {
        entries.withLock { entries in
            if entries.count & 255 == 255 { entries = entries.filter { $0.value.buffer != nil } }
            entries[key] = Entry(buffer: tensor.buffer, shape: tensor.shape)
        }
    }
}
