import Execution
import Graphs
import ServingCore
import Tensors

/// `Range` (from start by delta up to limit) and `LinSpace` (`num` values from start to stop).
let rangeOps: [OpDefinition] = [
    OpDefinition(
        "Range",
        infer: { (facts) throws(Status) in
            let start = try facts.input(0)
            try facts.requireOneType(0..<3)
            guard let a = start.constant, let b = try facts.input(1).constant, let c = try facts.input(2).constant,
                a.elementCount == 1, b.elementCount == 1, c.elementCount == 1, let maker = rangeMaker(start.dataType)
            else { return [TensorFact(start.dataType, .unknown(rank: 1))] }
            return [TensorFact(start.dataType, PartialShape([try maker.count(a, b, c)]))]
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            guard let maker = rangeMaker(type) else { throw construction.unsupported(type, "Tidx") }
            return RangeKernel(maker)
        }),
    OpDefinition(
        "LinSpace",
        infer: { (facts) throws(Status) in
            try facts.requireOneType(0..<2)
            let count = try facts.constantIntegers(2)?.first ?? -1
            return [TensorFact(try facts.input(0).dataType, PartialShape([max(count, -1)]))]
        },
        makeKernel: { (construction) throws(Status) in
            let count = try IntegerInput(construction, 2)
            let type = try construction.input(0).dataType
            switch type {
            case .float: return LinSpaceKernel(count, linSpaceLoop(Float.self))
            case .double: return LinSpaceKernel(count, linSpaceLoop(Double.self))
            case .half: return LinSpaceKernel(count, linSpaceLoop(Half.self))
            case .bfloat16: return LinSpaceKernel(count, linSpaceLoop(BFloat16.self))
            default: throw construction.unsupported(type)
            }
        }),
]

// MARK: Range

/// The two halves of `Range` for one type: how many elements there are, and what they are.
private struct RangeMaker: Sendable {
    let count: @Sendable (_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws(Status) -> Int
    let fill: @Sendable (_ start: Tensor, _ delta: Tensor, _ output: Tensor) -> Void
}

private func rangeMaker(_ type: DataType) -> RangeMaker? {
    switch type {
    case .float: realRange(Float.self)
    case .double: realRange(Double.self)
    case .half: realRange(Half.self)
    case .bfloat16: realRange(BFloat16.self)
    case .int8: integerRange(Int8.self)
    case .int16: integerRange(Int16.self)
    case .int32: integerRange(Int32.self)
    case .int64: integerRange(Int64.self)
    case .uint8: integerRange(UInt8.self)
    case .uint16: integerRange(UInt16.self)
    case .uint32: integerRange(UInt32.self)
    case .uint64: integerRange(UInt64.self)
    default: nil
    }
}

private func checkDirection<T: Comparable>(_ start: T, _ limit: T, _ delta: T, zero: T) throws(Status) {
    /// As C++ prints numbers: without a fraction where there is none.
    func text(_ value: T) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    guard delta != zero else { throw .invalidArgument("Requires delta != 0: \(text(delta))") }
    if delta > zero {
        guard start <= limit else {
            throw .invalidArgument("Requires start <= limit when delta > 0: \(text(start))/\(text(limit))")
        }
    } else {
        guard start >= limit else {
            throw .invalidArgument("Requires start >= limit when delta < 0: \(text(start))/\(text(limit))")
        }
    }
}

private func realRange<E: RealElement>(_: E.Type) -> RangeMaker {
    RangeMaker(
        count: { (start, limit, delta) throws(Status) in
            let (a, b, c) = (
                start.pointer(E.self)[0].wide, limit.pointer(E.self)[0].wide, delta.pointer(E.self)[0].wide
            )
            try checkDirection(a, b, c, zero: 0)
            let count = ((b - a) / c).magnitude.rounded(.up)
            guard count < 0x1p62 else {
                throw .invalidArgument("Requires ((limit - start) / delta) <= \(Int.max)")
            }
            return Int(count)
        },
        fill: { start, delta, output in
            let first = start.pointer(E.self)[0].wide
            let step = delta.pointer(E.self)[0].wide
            let target = output.pointer(E.self)
            for index in 0..<output.elementCount { target[index] = E(wide: first + E.Wide(index) * step) }
        })
}

private func integerRange<I: IntegerElement>(_: I.Type) -> RangeMaker {
    RangeMaker(
        count: { (start, limit, delta) throws(Status) in
            let (a, b, c) = (start.pointer(I.self)[0], limit.pointer(I.self)[0], delta.pointer(I.self)[0])
            try checkDirection(a, b, c, zero: 0)
            let distance = a < b ? UInt64(b.magnitudeDistance(from: a)) : UInt64(a.magnitudeDistance(from: b))
            let step = UInt64(c.magnitude)
            let count = distance / step + (distance % step == 0 ? 0 : 1)
            guard let count = Int(exactly: count) else {
                throw .invalidArgument("Requires ((limit - start) / delta) <= \(Int.max)")
            }
            return count
        },
        fill: { start, delta, output in
            let first = start.pointer(I.self)[0]
            let step = delta.pointer(I.self)[0]
            let target = output.pointer(I.self)
            for index in 0..<output.elementCount { target[index] = first &+ I(truncatingIfNeeded: index) &* step }
        })
}

extension FixedWidthInteger {
    /// `self - other`, which must not be negative, even where the difference does not fit into the signed type.
    fileprivate func magnitudeDistance(from other: Self) -> Magnitude {
        Magnitude(truncatingIfNeeded: self) &- Magnitude(truncatingIfNeeded: other)
    }
}

private func requireScalar(_ tensor: Tensor, _ name: String) throws(Status) {
    guard tensor.elementCount == 1, tensor.shape.rank <= 1 else {
        throw .invalidArgument("\(name) must be a scalar, not shape \(tensor.shape)")
    }
}

private final class RangeKernel: Kernel {
    private let maker: RangeMaker

    init(_ maker: RangeMaker) { self.maker = maker }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (start, limit, delta) = (context.input(0), context.input(1), context.input(2))
        try requireScalar(start, "start")
        try requireScalar(limit, "limit")
        try requireScalar(delta, "delta")
        let count = try maker.count(start, limit, delta)
        maker.fill(start, delta, try context.allocateOutput(0, start.dataType, [count]))
    }
}

// MARK: LinSpace

private typealias LinSpaceLoop = @Sendable (_ start: Tensor, _ stop: Tensor, _ output: Tensor) -> Void

private func linSpaceLoop<E: RealElement>(_: E.Type) -> LinSpaceLoop {
    { start, stop, output in
        let first = start.pointer(E.self)[0].wide
        let last = stop.pointer(E.self)[0].wide
        let target = output.pointer(E.self)
        let count = output.elementCount
        target[0] = E(wide: first)
        guard count > 1 else { return }
        let step = (last - first) / E.Wide(count - 1)
        for index in 0..<count { target[index] = E(wide: first + step * E.Wide(index)) }
        target[count - 1] = E(wide: last)
    }
}

private final class LinSpaceKernel: Kernel {
    private let count: IntegerInput
    private let loop: LinSpaceLoop

    init(_ count: IntegerInput, _ loop: @escaping LinSpaceLoop) {
        self.count = count
        self.loop = loop
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (start, stop) = (context.input(0), context.input(1))
        guard start.shape.rank == 0 else { throw .invalidArgument("start must be a scalar, not shape \(start.shape)") }
        guard stop.shape.rank == 0 else { throw .invalidArgument("stop must be a scalar, not shape \(stop.shape)") }
        guard context.input(2).shape.rank == 0 else {
            throw .invalidArgument("num must be a scalar, not shape \(context.input(2).shape)")
        }
        let count = count.read(context)[0]
        guard count > 0 else { throw .invalidArgument("Requires num > 0: \(count)") }
        loop(start, stop, try context.allocateOutput(0, start.dataType, [count]))
    }
}
