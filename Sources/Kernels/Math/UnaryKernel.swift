import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// A function of one number, for the kinds of elements that an op takes.
protocol UnaryFunction: SendableMetatype {
    static var kinds: NumberKinds { get }
    /// The rough time for one element in nanoseconds.
    static var cost: Double { get }
    /// The vector loop for `float` elements; nil if there is none.
    static var vector: VectorFunction? { get }
    static func real<R: RealNumber>(_ x: R) -> R
    static func integer<I: FixedWidthInteger>(_ x: I) -> I
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R>
}

/// Which element types a function is defined for.
struct NumberKinds: OptionSet {
    let rawValue: Int
    static let real = NumberKinds(rawValue: 1)
    static let integer = NumberKinds(rawValue: 2)
    static let complex = NumberKinds(rawValue: 4)
}

extension UnaryFunction {
    static var kinds: NumberKinds { .real }
    static var cost: Double { 1 }
    static var vector: VectorFunction? { nil }
    static func real<R: RealNumber>(_ x: R) -> R { x }
    static func integer<I: FixedWidthInteger>(_ x: I) -> I { x }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { x }
}

/// A function of one element of a fixed type; what the loops below are specialised for.
protocol UnaryOperation: SendableMetatype {
    associatedtype Input: BitwiseCopyable
    associatedtype Output: BitwiseCopyable
    static func apply(_ x: Input) -> Output
}

enum RealUnary<F: UnaryFunction, E: RealElement>: UnaryOperation {
    @inline(__always) static func apply(_ x: E) -> E { E(wide: F.real(x.wide)) }
}

enum IntegerUnary<F: UnaryFunction, I: IntegerElement>: UnaryOperation {
    @inline(__always) static func apply(_ x: I) -> I { F.integer(x) }
}

enum ComplexUnary<F: UnaryFunction, R: RealNumber>: UnaryOperation {
    @inline(__always) static func apply(_ x: Complex<R>) -> Complex<R> { F.complex(x) }
}

/// Computes the elements of a range.
typealias UnaryLoop =
    @Sendable (_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ range: Range<Int>) -> Void

/// The loop of one operation. A function value rather than a generic kernel, because the methods of a generic class that
/// are called through a protocol are not specialised.
func unaryLoop<O: UnaryOperation>(_: O.Type) -> UnaryLoop {
    { source, target, range in
        let x = source.assumingMemoryBound(to: O.Input.self)
        let y = target.assumingMemoryBound(to: O.Output.self)
        for index in range { y[index] = O.apply(x[index]) }
    }
}

/// The loop of `function` on vectors of this processor.
private func vectorLoop(_ function: VectorFunction) -> UnaryLoop {
    let apply = VectorKernels.current.apply
    return { source, target, range in
        let x = source.assumingMemoryBound(to: Float.self) + range.lowerBound
        apply(function, 0, x, target.assumingMemoryBound(to: Float.self) + range.lowerBound, range.count)
    }
}

/// The loop of `F` for elements of `type`; nil if it is not defined for them.
func unaryLoop<F: UnaryFunction>(_: F.Type, _ type: DataType) -> UnaryLoop? {
    if type.isInteger
        ? !F.kinds.contains(.integer) : type.isComplex ? !F.kinds.contains(.complex) : !F.kinds.contains(.real)
    {
        return nil
    }
    return switch type {
    case .float: F.vector.map { vectorLoop($0) } ?? unaryLoop(RealUnary<F, Float>.self)
    case .double: unaryLoop(RealUnary<F, Double>.self)
    case .half: unaryLoop(RealUnary<F, Half>.self)
    case .bfloat16: unaryLoop(RealUnary<F, BFloat16>.self)
    case .int8: unaryLoop(IntegerUnary<F, Int8>.self)
    case .int16: unaryLoop(IntegerUnary<F, Int16>.self)
    case .int32: unaryLoop(IntegerUnary<F, Int32>.self)
    case .int64: unaryLoop(IntegerUnary<F, Int64>.self)
    case .uint8: unaryLoop(IntegerUnary<F, UInt8>.self)
    case .uint16: unaryLoop(IntegerUnary<F, UInt16>.self)
    case .uint32: unaryLoop(IntegerUnary<F, UInt32>.self)
    case .uint64: unaryLoop(IntegerUnary<F, UInt64>.self)
    case .complex64: unaryLoop(ComplexUnary<F, Float>.self)
    case .complex128: unaryLoop(ComplexUnary<F, Double>.self)
    default: nil
    }
}

/// An op that computes `F` for every element; the types are attribute `T`'s, that of the input.
func unaryOp<F: UnaryFunction>(_ name: String, _: F.Type) -> OpDefinition {
    OpDefinition(name, infer: Inference.sameAsInput) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        guard let loop = unaryLoop(F.self, type) else { throw construction.unsupported(type) }
        return UnaryKernel(loop, output: type, cost: type == .float ? F.vector?.cost ?? F.cost : F.cost)
    }
}

/// An element-wise op with one input: output element `i` depends on input element `i` only.
final class UnaryKernel: Kernel {
    private let loop: UnaryLoop
    private let output: DataType
    private let cost: Double

    init(_ loop: @escaping UnaryLoop, output: DataType, cost: Double) {
        self.loop = loop
        self.output = output
        self.cost = cost
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let target = try context.allocateOutput(0, output, shape, reusing: 0..<1).buffer.base
        let source = UnsafeRawPointer(context.input(0).buffer.base)
        let loop = loop
        context.parallelFor(shape.elementCount, cost: cost) { loop(source, target, $0) }
    }
}

extension VectorFunction {
    /// The rough time for one element in nanoseconds.
    var cost: Double {
        switch self {
        case .abs, .negate, .square, .floor, .ceiling, .round, .sign, .rectifier, .rectifier6, .leakyRectifier: 0.1
        case .squareRoot, .reciprocalSquareRoot, .reciprocal, .softsign: 0.2
        case .exponential, .logarithm, .sigmoid, .tanh, .errorFunction: 0.3
        case .exponentialMinusOne, .exponentialLinear, .scaledExponentialLinear, .complementaryErrorFunction: 0.6
        case .logarithmOfOnePlus, .softplus: 1
        }
    }
}
