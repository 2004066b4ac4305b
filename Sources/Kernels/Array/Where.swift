import Execution
import Graphs
import ServingCore
import Tensors

/// `Where`: the coordinates of all elements that are not zero, in row-major order.
let whereOps: [OpDefinition] = [
    OpDefinition(
        "Where",
        infer: { (facts) throws(Status) in
            [TensorFact(.int64, PartialShape([-1, try facts.input(0).shape.rank ?? -1]))]
        },
        makeKernel: { (construction) throws(Status) in
            func integer<I: FixedWidthInteger & BitwiseCopyable & Sendable>(_: I.Type) -> any Kernel {
                specialized(WhereKernel<I> { $0 != 0 })
            }
            let type = try construction.input(0).dataType
            return switch type {
            case .bool, .int8, .uint8, .qint8, .quint8: integer(UInt8.self)
            case .int16, .uint16, .qint16, .quint16: integer(UInt16.self)
            case .int32, .uint32, .qint32: integer(UInt32.self)
            case .int64, .uint64: integer(UInt64.self)
            case .float: specialized(WhereKernel<Float> { $0 != 0 })
            case .double: specialized(WhereKernel<Double> { $0 != 0 })
            // The sign of a zero doesn't count.
            case .half, .bfloat16: specialized(WhereKernel<UInt16> { $0 & 0x7fff != 0 })
            case .complex64: specialized(WhereKernel<Complex<Float>> { $0.real != 0 || $0.imaginary != 0 })
            case .complex128: specialized(WhereKernel<Complex<Double>> { $0.real != 0 || $0.imaginary != 0 })
            default: throw construction.unsupported(type)
            }
        })
]

private final class WhereKernel<Element: BitwiseCopyable>: Kernel {
    private let isSet: @Sendable (Element) -> Bool

    init(_ isSet: @escaping @Sendable (Element) -> Bool) { self.isSet = isSet }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let elements = input.elements(Element.self)
        let rank = input.shape.rank
        var count = 0
        for element in elements where isSet(element) { count += 1 }
        let output = try context.allocateOutput(0, .int64, [count, rank]).pointer(Int64.self)
        guard count > 0, rank > 0 else { return }
        let last = input.shape[rank - 1]
        var coordinates = [Int64](repeating: 0, count: rank)
        var target = output
        for row in 0..<(elements.count / last) {
            for column in 0..<last where isSet(elements[row * last + column]) {
                for dimension in 0..<(rank - 1) { target[dimension] = coordinates[dimension] }
                target[rank - 1] = Int64(column)
                target += rank
            }
            var dimension = rank - 2
            while dimension >= 0 {
                coordinates[dimension] += 1
                if coordinates[dimension] < Int64(input.shape[dimension]) { break }
                coordinates[dimension] = 0
                dimension -= 1
            }
        }
    }
}
