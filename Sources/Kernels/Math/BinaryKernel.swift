import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// A function of two numbers, for the kinds of elements that an op takes.
protocol BinaryFunction: SendableMetatype {
    static var kinds: NumberKinds { get }
    /// The rough time for one element in nanoseconds.
    static var cost: Double { get }
    /// The vector loop for `float` elements; nil if there is none.
    static var vector: VectorCombination? { get }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R>
    /// The error for integers `y` that the second argument must not be; nil if it may be any.
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status?
    /// True if `refusal` must be asked.
    static var refuses: Bool { get }
}

extension BinaryFunction {
    static var kinds: NumberKinds { .real }
    static var cost: Double { 1 }
    static var vector: VectorCombination? { nil }
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x }
    static func integer<I: FixedWidthInteger>(_ x: I, _ y: I) -> I { x }
    static func complex<R: RealNumber>(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { x }
    static func refusal<I: FixedWidthInteger>(_ y: UnsafeBufferPointer<I>) -> Status? { nil }
    static var refuses: Bool { false }
}

/// A function of two elements of a fixed type; what the loops below are specialised for.
protocol BinaryOperation: SendableMetatype {
    associatedtype Input: BitwiseCopyable
    associatedtype Output: BitwiseCopyable
    static func apply(_ x: Input, _ y: Input) -> Output
}

enum RealBinary<F: BinaryFunction, E: RealElement>: BinaryOperation {
    @inline(__always) static func apply(_ x: E, _ y: E) -> E { E(wide: F.real(x.wide, y.wide)) }
}

enum IntegerBinary<F: BinaryFunction, I: IntegerElement>: BinaryOperation {
    @inline(__always) static func apply(_ x: I, _ y: I) -> I { F.integer(x, y) }
}

enum ComplexBinary<F: BinaryFunction, R: RealNumber>: BinaryOperation {
    @inline(__always) static func apply(_ x: Complex<R>, _ y: Complex<R>) -> Complex<R> { F.complex(x, y) }
}

/// Computes the elements of a block.
typealias BinaryLoop =
    @Sendable (
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ block: Broadcast.Block
    ) -> Void

/// The loop of one operation.
func binaryLoop<O: BinaryOperation>(_: O.Type) -> BinaryLoop {
    { a, b, target, block in
        let a = a.assumingMemoryBound(to: O.Input.self) + block.offsets[0]
        let b = b.assumingMemoryBound(to: O.Input.self) + block.offsets[1]
        let target = target.assumingMemoryBound(to: O.Output.self) + block.target
        let columns = block.columns
        for row in 0..<block.rows {
            let x = a + row &* block.rowStrides[0]
            let y = b + row &* block.rowStrides[1]
            let z = target + row &* columns
            if block.columnStrides[0] == 0 {
                let scalar = x[0]
                for index in 0..<columns { z[index] = O.apply(scalar, y[index]) }
            } else if block.columnStrides[1] == 0 {
                let scalar = y[0]
                for index in 0..<columns { z[index] = O.apply(x[index], scalar) }
            } else {
                for index in 0..<columns { z[index] = O.apply(x[index], y[index]) }
            }
        }
    }
}

/// The loop of `function` on vectors of this processor.
private func vectorLoop(_ function: VectorCombination) -> BinaryLoop {
    let combine = VectorKernels.current.combine
    return { a, b, target, block in
        var call = CombinationCall(
            a.assumingMemoryBound(to: Float.self) + block.offsets[0],
            b.assumingMemoryBound(to: Float.self) + block.offsets[1],
            target.assumingMemoryBound(to: Float.self) + block.target, columns: block.columns)
        call.rows = block.rows
        call.rowStrides = (block.rowStrides[0], block.rowStrides[1])
        call.repeats = (block.columnStrides[0] == 0, block.columnStrides[1] == 0)
        combine(function, call)
    }
}

/// The loop of `F` for elements of `type`; nil if it is not defined for them.
func binaryLoop<F: BinaryFunction>(_: F.Type, _ type: DataType) -> BinaryLoop? {
    if type.isInteger
        ? !F.kinds.contains(.integer) : type.isComplex ? !F.kinds.contains(.complex) : !F.kinds.contains(.real)
    {
        return nil
    }
    return switch type {
    case .float: F.vector.map { vectorLoop($0) } ?? binaryLoop(RealBinary<F, Float>.self)
    case .double: binaryLoop(RealBinary<F, Double>.self)
    case .half: binaryLoop(RealBinary<F, Half>.self)
    case .bfloat16: binaryLoop(RealBinary<F, BFloat16>.self)
    case .int8: binaryLoop(IntegerBinary<F, Int8>.self)
    case .int16: binaryLoop(IntegerBinary<F, Int16>.self)
    case .int32: binaryLoop(IntegerBinary<F, Int32>.self)
    case .int64: binaryLoop(IntegerBinary<F, Int64>.self)
    case .uint8: binaryLoop(IntegerBinary<F, UInt8>.self)
    case .uint16: binaryLoop(IntegerBinary<F, UInt16>.self)
    case .uint32: binaryLoop(IntegerBinary<F, UInt32>.self)
    case .uint64: binaryLoop(IntegerBinary<F, UInt64>.self)
    case .complex64: binaryLoop(ComplexBinary<F, Float>.self)
    case .complex128: binaryLoop(ComplexBinary<F, Double>.self)
    default: nil
    }
}

/// What looks for forbidden elements of the second input.
typealias OperandCheck = @Sendable (Tensor) -> Status?

func operandCheck<F: BinaryFunction>(_: F.Type, _ type: DataType) -> OperandCheck? {
    guard F.refuses else { return nil }
    func check<I: IntegerElement>(_: I.Type) -> OperandCheck {
        { F.refusal(UnsafeBufferPointer($0.elements(I.self))) }
    }
    return switch type {
    case .int8: check(Int8.self)
    case .int16: check(Int16.self)
    case .int32: check(Int32.self)
    case .int64: check(Int64.self)
    case .uint8: check(UInt8.self)
    case .uint16: check(UInt16.self)
    case .uint32: check(UInt32.self)
    case .uint64: check(UInt64.self)
    default: nil
    }
}

extension Inference {
    /// One output with the shape that inputs 0 and 1 broadcast to, and the type of input 0 unless another is given.
    static func broadcastInputs(_ type: DataType? = nil) -> OpDefinition.Inference {
        { (facts) throws(Status) in
            let a = try facts.input(0)
            let b = try facts.input(1)
            guard a.dataType == b.dataType else {
                throw .invalidArgument("\(facts.node.op) has inputs of types \(a.dataType.name) and \(b.dataType.name)")
            }
            return [TensorFact(type ?? a.dataType, try broadcast(a.shape, b.shape))]
        }
    }
}

/// An op that computes `F` for every pair of elements, with broadcasting.
func binaryOp<F: BinaryFunction>(_ name: String, _: F.Type) -> OpDefinition {
    OpDefinition(name, infer: Inference.broadcastInputs()) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        guard let loop = binaryLoop(F.self, type) else { throw construction.unsupported(type) }
        return BinaryKernel(
            loop, output: type, cost: type == .float && F.vector != nil ? 0.1 : F.cost,
            check: operandCheck(F.self, type))
    }
}

/// An element-wise op with two inputs that are broadcast.
final class BinaryKernel: Kernel {
    private let loop: BinaryLoop
    private let output: DataType
    private let cost: Double
    private let check: OperandCheck?
    /// What the op answers for shapes that can't be broadcast; nil for an error.
    private let incompatible: Tensor?

    init(
        _ loop: @escaping BinaryLoop, output: DataType, cost: Double, check: OperandCheck? = nil,
        incompatible: Tensor? = nil
    ) {
        self.loop = loop
        self.output = output
        self.cost = cost
        self.check = check
        self.incompatible = incompatible
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shapes = (context.input(0).shape, context.input(1).shape)
        if let incompatible, Broadcast.merged(shapes.0, shapes.1) == nil { return context.setOutput(0, incompatible) }
        let shape = try Broadcast.shape(shapes.0, shapes.1)
        if let check, shape.elementCount > 0, let refusal = check(context.input(1)) { throw refusal }
        let target = try context.allocateOutput(0, output, shape, reusing: 0..<2).buffer.base
        if shape.elementCount == 0 { return }
        let a = UnsafeRawPointer(context.input(0).buffer.base)
        let b = UnsafeRawPointer(context.input(1).buffer.base)
        let loop = loop
        Broadcast(shape, shapes.0, shapes.1).forEach(context, cost: cost) { loop(a, b, target, $0) }
    }
}
