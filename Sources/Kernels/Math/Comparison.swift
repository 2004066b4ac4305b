import Execution
import Glibc
import Graphs
import ServingCore
import Tensors

/// Element-wise ops whose output is of type `bool`: comparisons, tests of floats, and logic.
let comparisonOps: [OpDefinition] = [
    equalityOp("Equal", EqualFunction.self, ifIncompatible: false),
    equalityOp("NotEqual", NotEqualFunction.self, ifIncompatible: true),
    orderOp("Less", LessFunction.self),
    orderOp("LessEqual", LessEqualFunction.self),
    orderOp("Greater", GreaterFunction.self),
    orderOp("GreaterEqual", GreaterEqualFunction.self),
    testOp("IsNan", IsNanFunction.self),
    testOp("IsInf", IsInfFunction.self),
    testOp("IsFinite", IsFiniteFunction.self),
    OpDefinition("LogicalAnd", infer: Inference.broadcastInputs()) { (construction) throws(Status) in
        try requireBool(construction)
        return BinaryKernel(binaryLoop(LogicalAnd.self), output: .bool, cost: 0.2)
    },
    OpDefinition("LogicalOr", infer: Inference.broadcastInputs()) { (construction) throws(Status) in
        try requireBool(construction)
        return BinaryKernel(binaryLoop(LogicalOr.self), output: .bool, cost: 0.2)
    },
    OpDefinition("LogicalNot", infer: Inference.sameAsInput) { (construction) throws(Status) in
        try requireBool(construction)
        return UnaryKernel(unaryLoop(LogicalNot.self), output: .bool, cost: 0.2)
    },
    OpDefinition("ApproximateEqual", infer: Inference.broadcastInputs(.bool)) { (construction) throws(Status) in
        try makeApproximateEqual(construction)
    },
]

// MARK: Equality and order

/// A relation of two elements.
private protocol Relation: SendableMetatype {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool
    /// The relation of things that only can be equal or not.
    static func holds(equal: Bool) -> Bool
}

extension Relation {
    static func holds(equal: Bool) -> Bool { equal }
}

private enum EqualFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x == y }
}

private enum NotEqualFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x != y }
    static func holds(equal: Bool) -> Bool { !equal }
}

private enum LessFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x < y }
}

private enum LessEqualFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x <= y }
}

private enum GreaterFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x > y }
}

private enum GreaterEqualFunction: Relation {
    static func holds<T: Comparable>(_ x: T, _ y: T) -> Bool { x >= y }
}

private enum RealRelation<F: Relation, E: RealElement>: BinaryOperation {
    @inline(__always) static func apply(_ x: E, _ y: E) -> Bool { F.holds(x.wide, y.wide) }
}

private enum IntegerRelation<F: Relation, I: IntegerElement>: BinaryOperation {
    @inline(__always) static func apply(_ x: I, _ y: I) -> Bool { F.holds(x, y) }
}

private enum ComplexRelation<F: Relation, R: RealNumber>: BinaryOperation {
    @inline(__always) static func apply(_ x: Complex<R>, _ y: Complex<R>) -> Bool {
        F.holds(equal: x.real == y.real && x.imaginary == y.imaginary)
    }
}

private enum StringRelation<F: Relation>: BinaryOperation {
    static func apply(_ x: ElementReference, _ y: ElementReference) -> Bool {
        F.holds(equal: x.count == y.count && (x.count == 0 || memcmp(x.pointer!, y.pointer!, x.count) == 0))
    }
}

private func orderLoop<F: Relation>(_: F.Type, _ type: DataType) -> BinaryLoop? {
    switch type {
    case .float: binaryLoop(RealRelation<F, Float>.self)
    case .double: binaryLoop(RealRelation<F, Double>.self)
    case .half: binaryLoop(RealRelation<F, Half>.self)
    case .bfloat16: binaryLoop(RealRelation<F, BFloat16>.self)
    case .int8: binaryLoop(IntegerRelation<F, Int8>.self)
    case .int16: binaryLoop(IntegerRelation<F, Int16>.self)
    case .int32: binaryLoop(IntegerRelation<F, Int32>.self)
    case .int64: binaryLoop(IntegerRelation<F, Int64>.self)
    case .uint8: binaryLoop(IntegerRelation<F, UInt8>.self)
    case .uint16: binaryLoop(IntegerRelation<F, UInt16>.self)
    case .uint32: binaryLoop(IntegerRelation<F, UInt32>.self)
    case .uint64: binaryLoop(IntegerRelation<F, UInt64>.self)
    default: nil
    }
}

private func equalityLoop<F: Relation>(_: F.Type, _ type: DataType) -> BinaryLoop? {
    switch type {
    case .complex64: binaryLoop(ComplexRelation<F, Float>.self)
    case .complex128: binaryLoop(ComplexRelation<F, Double>.self)
    case .string: binaryLoop(StringRelation<F>.self)
    case .bool, .quint8: binaryLoop(IntegerRelation<F, UInt8>.self)
    case .qint8: binaryLoop(IntegerRelation<F, Int8>.self)
    case .qint32: binaryLoop(IntegerRelation<F, Int32>.self)
    default: orderLoop(F.self, type)
    }
}

private func orderOp<F: Relation>(_ name: String, _: F.Type) -> OpDefinition {
    OpDefinition(name, infer: Inference.broadcastInputs(.bool)) { (construction) throws(Status) in
        let type = try construction.input(0).dataType
        guard let loop = orderLoop(F.self, type) else { throw construction.unsupported(type) }
        return BinaryKernel(loop, output: .bool, cost: 0.5)
    }
}

/// `Equal` and `NotEqual`; with `incompatible_shape_error` false they answer `ifIncompatible` instead of failing.
private func equalityOp<F: Relation>(_ name: String, _: F.Type, ifIncompatible: Bool) -> OpDefinition {
    OpDefinition(
        name,
        infer: { (facts) throws(Status) in
            if try facts.attributes.bool("incompatible_shape_error", default: true) {
                return try Inference.broadcastInputs(.bool)(facts)
            }
            try facts.requireOneType(0..<2)
            let a = try facts.input(0).shape
            let b = try facts.input(1).shape
            guard let x = a.full, let y = b.full else { return [TensorFact(.bool)] }
            return [TensorFact(.bool, PartialShape(Broadcast.merged(x, y) ?? []))]
        },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            guard let loop = equalityLoop(F.self, type) else { throw construction.unsupported(type) }
            let fails = try construction.attributes.bool("incompatible_shape_error", default: true)
            return BinaryKernel(
                loop, output: .bool, cost: type == .string ? 5 : 0.5,
                incompatible: fails ? nil : Tensor(scalar: ifIncompatible))
        })
}

// MARK: Tests of floats

/// A property of a float.
private protocol FloatTest: SendableMetatype {
    static func holds<R: RealNumber>(_ x: R) -> Bool
}

private enum IsNanFunction: FloatTest {
    static func holds<R: RealNumber>(_ x: R) -> Bool { x != x }
}

private enum IsInfFunction: FloatTest {
    static func holds<R: RealNumber>(_ x: R) -> Bool { x.magnitude == .infinity }
}

private enum IsFiniteFunction: FloatTest {
    static func holds<R: RealNumber>(_ x: R) -> Bool { x.magnitude < .infinity }
}

private enum TestOperation<F: FloatTest, E: RealElement>: UnaryOperation {
    @inline(__always) static func apply(_ x: E) -> Bool { F.holds(x.wide) }
}

private func testLoop<F: FloatTest>(_: F.Type, _ type: DataType) -> UnaryLoop? {
    switch type {
    case .float: unaryLoop(TestOperation<F, Float>.self)
    case .double: unaryLoop(TestOperation<F, Double>.self)
    case .half: unaryLoop(TestOperation<F, Half>.self)
    case .bfloat16: unaryLoop(TestOperation<F, BFloat16>.self)
    default: nil
    }
}

private func testOp<F: FloatTest>(_ name: String, _: F.Type) -> OpDefinition {
    OpDefinition(
        name, infer: { (facts) throws(Status) in [TensorFact(.bool, try facts.input(0).shape)] },
        makeKernel: { (construction) throws(Status) in
            let type = try construction.input(0).dataType
            guard let loop = testLoop(F.self, type) else { throw construction.unsupported(type) }
            return UnaryKernel(loop, output: .bool, cost: 0.3)
        })
}

// MARK: Logic

private enum LogicalAnd: BinaryOperation {
    static func apply(_ x: UInt8, _ y: UInt8) -> UInt8 { x & y }
}

private enum LogicalOr: BinaryOperation {
    static func apply(_ x: UInt8, _ y: UInt8) -> UInt8 { x | y }
}

private enum LogicalNot: UnaryOperation {
    static func apply(_ x: UInt8) -> UInt8 { x ^ 1 }
}

private func requireBool(_ construction: KernelConstruction) throws(Status) {
    for input in construction.facts.inputs where input.dataType != .bool {
        throw construction.unsupported(input.dataType)
    }
}

// MARK: ApproximateEqual

private func makeApproximateEqual(_ construction: KernelConstruction) throws(Status) -> any Kernel {
    let tolerance = try construction.attributes.float("tolerance", default: 1e-5)
    let type = try construction.input(0).dataType
    func real<E: RealElement>(_: E.Type) -> BinaryLoop {
        let limit = E(wide: E.Wide(tolerance)).wide
        return pairLoop(E.self) { (E(wide: $0.wide - $1.wide)).wide.magnitude < limit }
    }
    func integer<I: IntegerElement>(_: I.Type) -> BinaryLoop {
        pairLoop(I.self) { Float($0 > $1 ? $0 &- $1 : $1 &- $0).rounded(.towardZero) < tolerance.rounded(.towardZero) }
    }
    let loop: BinaryLoop? =
        switch type {
        case .float: real(Float.self)
        case .double: real(Double.self)
        case .half: real(Half.self)
        case .bfloat16: real(BFloat16.self)
        case .int8: integer(Int8.self)
        case .int16: integer(Int16.self)
        case .int32: integer(Int32.self)
        case .int64: integer(Int64.self)
        case .uint8: integer(UInt8.self)
        case .uint16: integer(UInt16.self)
        case .uint32: integer(UInt32.self)
        case .uint64: integer(UInt64.self)
        default: nil
        }
    guard let loop else { throw construction.unsupported(type) }
    return SameShapeKernel(loop)
}

/// A loop for a relation that needs values known only when the kernel is made.
private func pairLoop<E: BitwiseCopyable>(_: E.Type, _ relation: @escaping @Sendable (E, E) -> Bool) -> BinaryLoop {
    { a, b, target, block in
        let x = a.assumingMemoryBound(to: E.self) + block.offsets[0]
        let y = b.assumingMemoryBound(to: E.self) + block.offsets[1]
        let z = target.assumingMemoryBound(to: Bool.self) + block.target
        for index in 0..<(block.rows * block.columns) { z[index] = relation(x[index], y[index]) }
    }
}

/// `ApproximateEqual`, the one comparison that does not broadcast.
private final class SameShapeKernel: Kernel {
    private let loop: BinaryLoop

    init(_ loop: @escaping BinaryLoop) { self.loop = loop }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let (x, y) = (context.input(0), context.input(1))
        guard x.shape == y.shape else {
            throw .invalidArgument("x and y must be of the same shape. x shape: \(x.shape). y shape: \(y.shape)")
        }
        let output = try context.allocateOutput(0, .bool, x.shape)
        var block = Broadcast.Block()
        block.columns = x.elementCount
        loop(x.buffer.base, y.buffer.base, output.buffer.base, block)
    }
}
