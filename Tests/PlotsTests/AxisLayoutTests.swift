import TestSupport
import Testing

@testable import Plots

private func layout(
    _ values: [Double], _ scale: Plot.Scale = .linear, ticks: Int = 6, isRounded: Bool = true, fromZero: Bool = false
) -> AxisLayout {
    AxisLayout(
        Plot.Axis("a", scale: scale, includesZero: fromZero), values: values, maximumTicks: ticks, isRounded: isRounded)
}

@Test func linearAxisHasRoundTicks() {
    #expect(layout([3, 97]).ticks.map(\.label) == ["0", "20", "40", "60", "80", "100"])
    #expect(layout([1200, 4800], fromZero: true).ticks.map(\.label) == ["0", "1k", "2k", "3k", "4k", "5k"])
    #expect(layout([-0.4, 0.9]).ticks.map(\.label) == ["-0.5", "0", "0.5", "1"])
}

@Test func powersAreLabelledOnALogarithmicAxis() {
    let axis = layout([1, 1024], .log2, ticks: 12, isRounded: false)
    #expect(axis.ticks.map(\.label) == ["1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024"])
    #expect(axis.position(32) == 0.5 && axis.position(0) == nil && axis.position(-3) == nil)
    #expect(layout([2, 800], .log10).ticks.map(\.label) == ["1", "10", "100", "1k"])
    #expect(layout([1, 1e12], .log2, ticks: 6, isRounded: false).ticks.count <= 6)
}

private let extremes: [[Double]] = [
    [], [0, 0], [5], [-7, -7], [1e308, -1e308], [.leastNonzeroMagnitude, .leastNormalMagnitude], [1e15, 1e15 + 0.125],
    [.nan, .infinity, 3], [-.infinity], [.greatestFiniteMagnitude], [.leastNonzeroMagnitude],
]

@Test(arguments: extremes)
func extremeValuesFindAPlace(_ values: [Double]) {
    for scale in [Plot.Scale.linear, .log2, .log10] {
        for isRounded in [false, true] {
            let axis = layout(values, scale, isRounded: isRounded)
            #expect((2...100).contains(axis.ticks.count), "\(axis)")
            #expect(axis.ticks.allSatisfy { $0.position.isFinite && (-0.01...1.01).contains($0.position) }, "\(axis)")
            for value in values {
                guard let position = axis.position(value) else { continue }
                #expect((-0.001...1.001).contains(position), "\(value) on \(axis)")
            }
        }
    }
}

@Test func everyValueLiesOnItsAxis() {
    var random = Seeded(state: 11)
    for _ in 0..<500 {
        let size = Double.random(in: -12...12, using: &random)
        let values = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            Double.random(in: -1...1, using: &random) * exp10(size)
        }
        let axis = layout(values, ticks: Int.random(in: 2...12, using: &random), isRounded: Bool.random(using: &random))
        for value in values {
            let position = axis.position(value)!
            #expect((-1e-9...1 + 1e-9).contains(position), "\(value) on \(axis)")
        }
        #expect(axis.ticks.count >= 1)
    }
}

private func exp10(_ power: Double) -> Double {
    var result = 1.0
    for _ in 0..<Int(abs(power)) { result *= 10 }
    return power < 0 ? 1 / result : result
}
