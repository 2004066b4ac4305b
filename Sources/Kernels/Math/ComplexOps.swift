import Execution
import Graphs
import ServingCore
import Tensors

/// Ops between real and complex numbers: `Complex`, `Real`, `Imag`, `Conj`, `ComplexAbs`, `Angle`; and `L2Loss`, half the
/// sum of squares.
let complexOps: [OpDefinition] = [
    OpDefinition(
        "Complex",
        infer: { (facts) throws(Status) in
            let type = try facts.input(0).dataType
            return try Inference.broadcastInputs(type == .double ? .complex128 : .complex64)(facts)
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            switch type {
            case .float: return BinaryKernel(binaryLoop(MakeComplex<Float>.self), output: .complex64, cost: 1)
            case .double: return BinaryKernel(binaryLoop(MakeComplex<Double>.self), output: .complex128, cost: 1)
            default: throw construction.unsupported(type)
            }
        }),
    partOp("Real", unaryLoop(RealPart<Float>.self), unaryLoop(RealPart<Double>.self)),
    partOp("Imag", unaryLoop(ImaginaryPart<Float>.self), unaryLoop(ImaginaryPart<Double>.self)),
    partOp("ComplexAbs", unaryLoop(Magnitude<Float>.self), unaryLoop(Magnitude<Double>.self)),
    partOp("Angle", unaryLoop(Angle<Float>.self), unaryLoop(Angle<Double>.self)),
    unaryOp("Conj", ConjugateFunction.self),
    OpDefinition(
        "L2Loss", infer: { (facts) throws(Status) in [TensorFact(try facts.input(0).dataType, PartialShape([]))] },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            switch type {
            case .float: return L2LossKernel(reductionLoop(RealReducer<HalfSquareSum, Float>.self))
            case .double: return L2LossKernel(reductionLoop(RealReducer<HalfSquareSum, Double>.self))
            case .half: return L2LossKernel(reductionLoop(RealReducer<HalfSquareSum, Half>.self))
            case .bfloat16: return L2LossKernel(reductionLoop(RealReducer<HalfSquareSum, BFloat16>.self))
            default: throw construction.unsupported(type)
            }
        }),
]

private enum MakeComplex<R: RealNumber>: BinaryOperation {
    static func apply(_ x: R, _ y: R) -> Complex<R> { Complex(x, y) }
}

private enum RealPart<R: RealNumber>: UnaryOperation {
    static func apply(_ x: Complex<R>) -> R { x.real }
}

private enum ImaginaryPart<R: RealNumber>: UnaryOperation {
    static func apply(_ x: Complex<R>) -> R { x.imaginary }
}

private enum Magnitude<R: RealNumber>: UnaryOperation {
    static func apply(_ x: Complex<R>) -> R { x.magnitude }
}

private enum Angle<R: RealNumber>: UnaryOperation {
    static func apply(_ x: Complex<R>) -> R { x.angle }
}

private enum ConjugateFunction: UnaryFunction {
    static var kinds: NumberKinds { .complex }
    static func complex<R: RealNumber>(_ x: Complex<R>) -> Complex<R> { x.conjugate }
}

private func partOp(_ name: String, _ single: @escaping UnaryLoop, _ double: @escaping UnaryLoop) -> OpDefinition {
    OpDefinition(
        name,
        infer: { (facts) throws(Status) in
            let input = try facts.input(0)
            return [TensorFact(input.dataType == .complex128 ? .double : .float, input.shape)]
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            switch type {
            case .complex64: return UnaryKernel(single, output: .float, cost: 2)
            case .complex128: return UnaryKernel(double, output: .double, cost: 2)
            default: throw construction.unsupported(type)
            }
        })
}

private enum HalfSquareSum: ReductionFunction {
    static func real<R: RealNumber>(_ x: R, _ y: R) -> R { x + y }
    static func real<R: RealNumber>(element: R) -> R { element * element }
    static func real<R: RealNumber>(total: R, _ count: Int) -> R { total / 2 }
}

private final class L2LossKernel: Kernel {
    private let loop: ReductionLoop

    init(_ loop: @escaping ReductionLoop) { self.loop = loop }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let input = context.input(0)
        let output = try context.allocateOutput(0, input.dataType, [])
        let plan = ReductionPlan([input.elementCount]) { _ in true }
        loop(input.buffer.base, output.buffer.base, plan, 0..<1)
    }
}
