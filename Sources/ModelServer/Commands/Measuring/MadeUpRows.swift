import Graphs
import ServingCore
import Tensors

/// Makes up inputs: the same ones for the same seed.
struct MadeUpRows {
    /// How large the numbers are.
    enum Range: CaseIterable {
        /// Fractions in [0, 1), integers from 0 to 999 as far as their type goes.
        case wide
        /// The same, but integers are 0 or 1, which more models take that look something up.
        case narrow
        /// Zeros, `false` and empty strings.
        case zero
    }

    private var state: UInt64
    private let range: Range

    init(seed: UInt64 = 1, range: Range) {
        state = seed | 1
        self.range = range
    }

    /// A tensor of any shape; nil for resources and variants, and without memory for it. Strings are empty.
    mutating func tensor(_ dataType: DataType, _ shape: TensorShape) -> Tensor? {
        guard ![.resource, .variant, .invalid].contains(dataType) else { return nil }
        let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        guard !overflow, shape.isAddressable, let buffer = TensorBuffer(byteCount: byteCount) else { return nil }
        // All bits zero are also an empty string.
        buffer.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let tensor = Tensor(dataType: dataType, shape: shape, buffer: buffer)
        if range != .zero { fill(tensor) }
        return tensor
    }

    private mutating func fill(_ tensor: Tensor) {
        let integers = { [range] (limit: Double) in range == .wide ? limit : 2 }
        switch tensor.dataType {
        case .float: fill(tensor, with: { Float($0) })
        case .complex64:
            let parts = TensorShape([tensor.byteCount / 4])
            fill(tensor.bitcast(to: .float, shape: parts), with: { Float($0) })
        case .double: fill(tensor, with: { $0 })
        case .complex128:
            let parts = TensorShape([tensor.byteCount / 8])
            fill(tensor.bitcast(to: .double, shape: parts), with: { $0 })
        case .half: fill(tensor, with: { Float16($0).bitPattern })
        case .bfloat16: fill(tensor, with: { UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16) })
        case .int8, .qint8: fill(tensor, with: { Int8($0 * integers(128)) })
        case .uint8, .quint8: fill(tensor, with: { UInt8($0 * integers(256)) })
        case .int16, .qint16: fill(tensor, with: { Int16($0 * integers(1000)) })
        case .uint16, .quint16: fill(tensor, with: { UInt16($0 * integers(1000)) })
        case .int32, .qint32: fill(tensor, with: { Int32($0 * integers(1000)) })
        case .uint32: fill(tensor, with: { UInt32($0 * integers(1000)) })
        case .int64: fill(tensor, with: { Int64($0 * integers(1000)) })
        case .uint64: fill(tensor, with: { UInt64($0 * integers(1000)) })
        case .bool: fill(tensor, with: { $0 < 0.5 ? 0 : 1 as UInt8 })
        case .string, .resource, .variant, .invalid: break
        }
    }

    /// Gives each element what `make` makes of a number in [0, 1).
    private mutating func fill<Scalar: BitwiseCopyable>(_ tensor: Tensor, with make: (Double) -> Scalar) {
        var state = self.state
        let elements = tensor.elements(Scalar.self)
        for index in elements.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // 24 bits, so that no type of fraction rounds it up to 1, except for the shortest ones, where 1 does no harm.
            elements[index] = make(Double(state >> 40) / Double(1 << 24))
        }
        self.state = state
    }
}
