import Glibc
import MicrokernelTypes

extension Float: SoftmaxValue {
    static func logarithm(_ x: Float) -> Float { logf(x) }

    static func exponentials(
        _ source: UnsafePointer<Float>, minus offset: Float, _ target: UnsafeMutablePointer<Float>, _ count: Int
    ) -> Float {
        for index in 0..<count { target[index] = source[index] - offset }
        VectorKernels.current.apply(.exponential, 0, target, target, count)
        var sum: Float = 0
        for index in 0..<count { sum += target[index] }
        return sum
    }
}

extension Double: SoftmaxValue {
    static func logarithm(_ x: Double) -> Double { log(x) }

    static func exponentials(
        _ source: UnsafePointer<Double>, minus offset: Double, _ target: UnsafeMutablePointer<Double>, _ count: Int
    ) -> Double {
        var sum = 0.0
        for index in 0..<count {
            target[index] = exp(source[index] - offset)
            sum += target[index]
        }
        return sum
    }
}
