import Glibc
import MicrokernelTypes
import Testing

@testable import Kernels

/// The vector functions of every level against the `Double` functions of the library, within the errors that they document.
@Suite struct VectorFunctionTests {
    /// What a function is and how many units in the last place it may be off.
    private struct Bound: Sendable {
        var ulps: Double
        var exact: @Sendable (Double) -> Double
    }

    private static let bounds: [VectorFunction: Bound] = [
        .abs: Bound(ulps: 0) { $0.magnitude },
        .negate: Bound(ulps: 0) { -$0 },
        .square: Bound(ulps: 0.5) { $0 * $0 },
        .squareRoot: Bound(ulps: 0.5) { $0.squareRoot() },
        .reciprocalSquareRoot: Bound(ulps: 2) { 1 / $0.squareRoot() },
        .reciprocal: Bound(ulps: 0.5) { 1 / $0 },
        .floor: Bound(ulps: 0) { $0.rounded(.down) },
        .ceiling: Bound(ulps: 0) { $0.rounded(.up) },
        .round: Bound(ulps: 0) { $0.rounded(.toNearestOrEven) },
        .sign: Bound(ulps: 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 == 0 ? 0 : $0 },
        .exponential: Bound(ulps: 2) { exp($0) },
        .exponentialMinusOne: Bound(ulps: 3) { expm1($0) },
        .logarithm: Bound(ulps: 2) { log($0) },
        .logarithmOfOnePlus: Bound(ulps: 3) { log1p($0) },
        .sigmoid: Bound(ulps: 3) { 1 / (1 + exp(-$0)) },
        .tanh: Bound(ulps: 6) { tanh($0) },
        .errorFunction: Bound(ulps: 7) { erf($0) },
        .complementaryErrorFunction: Bound(ulps: 6) { erfc($0) },
        .rectifier: Bound(ulps: 0) { $0 < 0 ? 0 : $0 },
        .rectifier6: Bound(ulps: 0) { $0 < 0 ? 0 : $0 > 6 ? 6 : $0 },
        .leakyRectifier: Bound(ulps: 0.5) { $0 > 0 ? $0 : $0 * 0.25 },
        .exponentialLinear: Bound(ulps: 3) { $0 < 0 ? expm1($0) : $0 },
        .scaledExponentialLinear: Bound(ulps: 4) {
            $0 < 0 ? 1.7580993408473768 * expm1($0) : 1.0507009873554805 * $0
        },
        .softplus: Bound(ulps: 7) { $0 > 100 ? $0 : log1p(exp($0)) },
        .softsign: Bound(ulps: 2) { $0 / ($0.magnitude + 1) },
    ]

    /// Floats of every exponent and sign, and the edges where functions overflow, vanish or change their form.
    private static let arguments: [Float] = {
        var values: [Float] = [0, -0.0, .infinity, -.infinity, .nan, .leastNormalMagnitude, .greatestFiniteMagnitude]
        for edge in [1, 0.5, 6, 9.02, 10, 3.925, 13.942385, 17.5, 18, 88.72283, 87.33654, 88.02969, 0x1p-25, 0x1p40] {
            for step in -3...3 { values.append(Float(edge) + Float(step) * Float(edge).ulp) }
        }
        let bits = stride(from: UInt32(0x0080_0000), to: 0x7f80_0000, by: 100_003)
        values += bits.map { Float(bitPattern: $0) }
        return values + values.map { -$0 }
    }()

    private func results(_ function: VectorFunction, _ level: ProcessorLevel, _ x: [Float]) -> [Float] {
        var y = [Float](repeating: 7, count: x.count)
        VectorKernels.at(level).apply(function, 0.25, x, &y, x.count)
        return y
    }

    @Test(arguments: ProcessorLevel.usable, VectorFunction.allCases)
    func resultsAreWithinTheirBounds(level: ProcessorLevel, function: VectorFunction) throws {
        let bound = try #require(Self.bounds[function])
        var wrong: [Float] = []
        for (x, y) in zip(Self.arguments, results(function, level, Self.arguments)) {
            let exact = bound.exact(Double(x))
            if !isClose(y, exact, bound.ulps) { wrong.append(x) }
        }
        #expect(
            wrong.isEmpty, "\(function) on \(level) at \(wrong.prefix(5)): \(results(function, level, wrong).prefix(5))"
        )
    }

    private func isClose(_ result: Float, _ exact: Double, _ ulps: Double) -> Bool {
        let rounded = Float(exact)
        if rounded.isNaN || result.isNaN { return rounded.isNaN == result.isNaN }
        if rounded.isInfinite || result.isInfinite { return rounded == result }
        if rounded.magnitude < .leastNormalMagnitude, rounded != 0 { return result.magnitude <= .leastNormalMagnitude }
        if rounded == 0 { return result == 0 && (result.sign == rounded.sign || exact != 0) }
        return (Double(result) - exact).magnitude <= ulps * Double(rounded.ulp)
    }

    @Test(arguments: ProcessorLevel.usable)
    func everyLengthIsComputedAndNothingBehindIsTouched(level: ProcessorLevel) {
        for count in 0...67 {
            let x = (0..<count).map { Float($0) / 8 - 3 }
            var y = [Float](repeating: 7, count: count + 20)
            VectorKernels.at(level).apply(.exponential, 0, x, &y, count)
            var z = x + [Float](repeating: 7, count: 20)
            z.withUnsafeMutableBufferPointer { z in
                VectorKernels.at(level).apply(.exponential, 0, z.baseAddress!, z.baseAddress!, count)
            }
            #expect(y == z)
            #expect(y[count...].allSatisfy { $0 == 7 })
            for (x, y) in zip(x, y) { #expect(isClose(y, exp(Double(x)), 2)) }
        }
    }

    @Test(arguments: ProcessorLevel.usable, Activation.Kind.allCases)
    func activationsAreTheirFormulas(level: ProcessorLevel, kind: Activation.Kind) {
        let x: [Float] = (0..<131).map { Float($0) / 8 - 8 } + [-100, 100, 0]
        for count in [0, 1, 15, 16, 17, x.count] {
            var y = Array(x.prefix(count)) + [7]
            VectorKernels.at(level).activate(Activation(kind, 0.25, 0.5), &y, count)
            #expect(y.last == 7)
            for (x, y) in zip(x, y.prefix(count)) {
                let exact = formula(kind, Double(x))
                #expect((Double(y) - exact).magnitude <= 1e-6 * max(1, exact.magnitude), "\(kind) on \(level) at \(x)")
            }
        }
    }

    /// With the parameters 0.25 and 0.5.
    private func formula(_ kind: Activation.Kind, _ x: Double) -> Double {
        switch kind {
        case .linear: x
        case .clamp: min(max(x, 0.25), 0.5)
        case .leakyRectifier: x > 0 ? x : 0.25 * x
        case .exponentialLinear: x < 0 ? expm1(x) : x
        case .sigmoid: 1 / (1 + exp(-x))
        case .tanh: Glibc.tanh(x)
        case .swish: x / (1 + exp(-x))
        case .hardSwish: x * min(max(0.25 * x + 0.5, 0), 1)
        case .hardSigmoid: min(max(0.25 * x + 0.5, 0), 1)
        case .gelu: 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
        case .approximateGELU: 0.5 * x * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .softplus: x > 20 ? x : log1p(exp(x))
        }
    }
}
