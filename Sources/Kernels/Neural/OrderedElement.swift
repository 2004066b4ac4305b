import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// A real element type and the type that its arithmetic is done in.
protocol OrderedElement: TensorScalar {
    associatedtype Value: Comparable & ExpressibleByIntegerLiteral & TensorScalar
    var value: Value { get }
    init(narrowing value: Value)
}

extension OrderedElement where Value == Self {
    @inline(__always) var value: Self { self }
    @inline(__always) init(narrowing value: Self) { self = value }
}

extension Float: OrderedElement { typealias Value = Float }
extension Double: OrderedElement { typealias Value = Double }
extension Int8: OrderedElement { typealias Value = Int8 }
extension Int16: OrderedElement { typealias Value = Int16 }
extension Int32: OrderedElement { typealias Value = Int32 }
extension Int64: OrderedElement { typealias Value = Int64 }
extension UInt8: OrderedElement { typealias Value = UInt8 }
extension UInt16: OrderedElement { typealias Value = UInt16 }
extension UInt32: OrderedElement { typealias Value = UInt32 }
extension UInt64: OrderedElement { typealias Value = UInt64 }

extension Half: OrderedElement {
    @inline(__always) var value: Float { floatValue }
    @inline(__always) init(narrowing value: Float) { self.init(value) }
}

extension BFloat16: OrderedElement {
    @inline(__always) var value: Float { floatValue }
    @inline(__always) init(narrowing value: Float) { self.init(value) }
}

/// Applies a loop to all elements of input 0, in pieces on several threads; takes the input's memory if it can.
final class MapKernel<Element: TensorScalar>: Kernel {
    typealias Loop = @Sendable (UnsafePointer<Element>, UnsafeMutablePointer<Element>, Int) -> Void
    private let cost: Double
    private let loop: Loop

    /// - Parameter cost: nanoseconds for one element.
    init(cost: Double, _ loop: @escaping Loop) {
        self.cost = cost
        self.loop = loop
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        let output = try context.allocateOutput(0, Element.dataType, shape, reusing: 0..<1)
        let source = UnsafePointer(context.input(0).pointer(Element.self))
        let target = output.pointer(Element.self)
        let loop = loop
        context.parallelFor(shape.elementCount, cost: cost) { range in
            loop(source + range.lowerBound, target + range.lowerBound, range.count)
        }
    }
}

extension MapKernel<Float> {
    /// The kernel of a function that has vector loops.
    convenience init(_ function: VectorFunction, parameter: Float = 0) {
        let apply = VectorKernels.current.apply
        self.init(cost: function.cost) { apply(function, parameter, $0, $1, $2) }
    }
}
