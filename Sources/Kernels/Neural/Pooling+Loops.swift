import Execution
import MicrokernelTypes
import ServingCore
import Tensors

/// An element type that can be pooled, perhaps in a wider type.
protocol PoolingElement: TensorScalar {
    associatedtype Pooled: Comparable & TensorScalar & Numeric
    /// The elements as the type to pool in; `tensor` itself if there is no wider type.
    static func pooled(_ tensor: Tensor, in context: borrowing KernelContext) throws(Status) -> Tensor
    static func unpool(_ source: UnsafePointer<Pooled>, to target: UnsafeMutablePointer<Self>, count: Int)
    /// What the maximum of nothing is.
    static var lowest: Pooled { get }
    static func divide(_ sum: Pooled, by count: Int) -> Pooled
}

extension PoolingElement {
    static var isPooledWide: Bool { Self.self != Pooled.self }
}

extension PoolingElement where Pooled == Self {
    static func pooled(_ tensor: Tensor, in context: borrowing KernelContext) throws(Status) -> Tensor { tensor }
    static func unpool(_ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Self>, count: Int) {
        target.update(from: source, count: count)
    }
}

extension PoolingElement where Pooled: FixedWidthInteger {
    static var lowest: Pooled { .min }
    @inline(__always) static func divide(_ sum: Pooled, by count: Int) -> Pooled { sum / Pooled(count) }
}

extension PoolingElement where Pooled: BinaryFloatingPoint {
    static var lowest: Pooled { -Pooled.greatestFiniteMagnitude }
    @inline(__always) static func divide(_ sum: Pooled, by count: Int) -> Pooled { sum / Pooled(count) }
}

extension PoolingElement where Self: MatrixElement, Pooled == Float, Wide == Float {
    static func pooled(_ tensor: Tensor, in context: borrowing KernelContext) throws(Status) -> Tensor {
        try widened(tensor, in: context)
    }
    static func unpool(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Self>, count: Int) {
        narrow(source, to: target, count: count)
    }
}

extension Float: PoolingElement {
    typealias Pooled = Float
    static func pooled(_ tensor: Tensor, in context: borrowing KernelContext) throws(Status) -> Tensor { tensor }
    static func unpool(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        target.update(from: source, count: count)
    }
}
extension Double: PoolingElement { typealias Pooled = Double }
extension Half: PoolingElement { typealias Pooled = Float }
extension BFloat16: PoolingElement { typealias Pooled = Float }
extension Int8: PoolingElement { typealias Pooled = Int8 }
extension Int16: PoolingElement { typealias Pooled = Int16 }
extension Int32: PoolingElement { typealias Pooled = Int32 }
extension Int64: PoolingElement { typealias Pooled = Int64 }
extension UInt8: PoolingElement { typealias Pooled = UInt8 }
extension UInt16: PoolingElement { typealias Pooled = UInt16 }

/// What pooling makes of the elements under a window.
protocol PoolingRule {
    static func initial<Element: PoolingElement>(_: Element.Type) -> Element.Pooled
    static func combine<Value: Comparable & Numeric>(_ a: Value, _ b: Value) -> Value
    static func finish<Element: PoolingElement>(_: Element.Type, _ value: Element.Pooled, count: Int) -> Element.Pooled
    /// The same by vectors of `Float` elements.
    static func line(_ kernels: WindowKernels) -> WindowLines.Line
}

enum MaximumPooling: PoolingRule {
    @inline(__always) static func initial<Element: PoolingElement>(_: Element.Type) -> Element.Pooled { Element.lowest }
    @inline(__always) static func combine<Value: Comparable & Numeric>(_ a: Value, _ b: Value) -> Value {
        // A value that is not a number wins, as no comparison with it is true.
        a >= b ? a : b
    }
    @inline(__always) static func finish<Element: PoolingElement>(
        _: Element.Type, _ value: Element.Pooled, count: Int
    ) -> Element.Pooled { value }
    static func line(_ kernels: WindowKernels) -> WindowLines.Line { kernels.maximum }
}

enum MeanPooling: PoolingRule {
    @inline(__always) static func initial<Element: PoolingElement>(_: Element.Type) -> Element.Pooled { 0 }
    @inline(__always) static func combine<Value: Comparable & Numeric>(_ a: Value, _ b: Value) -> Value { a + b }
    @inline(__always) static func finish<Element: PoolingElement>(
        _: Element.Type, _ value: Element.Pooled, count: Int
    ) -> Element.Pooled { Element.divide(value, by: max(count, 1)) }
    static func line(_ kernels: WindowKernels) -> WindowLines.Line { kernels.mean }
}

/// The sizes of one pooling; with channels first, every channel is an image of one channel.
struct PoolingGeometry: Sendable {
    var images: Int
    var depth: WindowAxis
    var height: WindowAxis
    var width: WindowAxis
    var channels: Int

    /// Computes all of `output`.
    func run<Element: PoolingElement, Rule: PoolingRule>(
        _: Element.Type, _: Rule.Type, input: UnsafePointer<Element.Pooled>,
        output: UnsafeMutablePointer<Element.Pooled>, in context: borrowing KernelContext
    ) {
        if Element.Pooled.self == Float.self, depth.isPointwise, depth.input == 1, channels > 1 {
            let lines = WindowLines(
                images: images, height: height, width: width, channels: channels, line: Rule.line(.current))
            return lines.run(
                WindowLines.Operands(
                    input: UnsafeRawPointer(input).assumingMemoryBound(to: Float.self),
                    output: UnsafeMutableRawPointer(output).assumingMemoryBound(to: Float.self)), in: context)
        }
        let rows = images * depth.output * height.output
        let rowSize = width.output * channels
        let window = Double(depth.window) * Double(height.window) * Double(width.window)
        let geometry = self
        context.parallelFor(rows, cost: Double(rowSize) * window * 0.4) { range in
            for row in range {
                let (plane, y) = row.quotientAndRemainder(dividingBy: geometry.height.output)
                let (image, z) = plane.quotientAndRemainder(dividingBy: geometry.depth.output)
                for x in 0..<geometry.width.output {
                    geometry.pool(
                        Element.self, Rule.self, x, y, z, image, input: input,
                        output: output + (row &* rowSize &+ x &* geometry.channels))
                }
            }
        }
    }

    @inline(__always)
    private func pool<Element: PoolingElement, Rule: PoolingRule>(
        _: Element.Type, _: Rule.Type, _ x: Int, _ y: Int, _ z: Int, _ image: Int,
        input: UnsafePointer<Element.Pooled>, output: UnsafeMutablePointer<Element.Pooled>
    ) {
        let (insideZ, insideY, insideX) = (depth.inside(z), height.inside(y), width.inside(x))
        let startZ = z &* depth.stride &- depth.before
        let startY = y &* height.stride &- height.before
        let startX = x &* width.stride &- width.before
        if channels == 1 {
            var value = Rule.initial(Element.self)
            for windowZ in insideZ {
                for windowY in insideY {
                    let row =
                        ((image &* depth.input &+ startZ &+ windowZ) &* height.input &+ startY &+ windowY)
                        &* width.input
                    for windowX in insideX { value = Rule.combine(value, input[row &+ startX &+ windowX]) }
                }
            }
            output[0] = Rule.finish(Element.self, value, count: insideZ.count &* insideY.count &* insideX.count)
            return
        }
        output.update(repeating: Rule.initial(Element.self), count: channels)
        for windowZ in insideZ {
            for windowY in insideY {
                let row =
                    ((image &* depth.input &+ startZ &+ windowZ) &* height.input &+ startY &+ windowY) &* width.input
                for windowX in insideX {
                    let pixel = input + (row &+ startX &+ windowX) &* channels
                    for channel in 0..<channels { output[channel] = Rule.combine(output[channel], pixel[channel]) }
                }
            }
        }
        let count = insideZ.count &* insideY.count &* insideX.count
        for channel in 0..<channels { output[channel] = Rule.finish(Element.self, output[channel], count: count) }
    }
}
