import Glibc
import Kernels
import MicrokernelTypes
import Tensors
import TestSupport
import Testing

/// Steps of recurrent cells on every kind of processor against loops over single numbers.
@Suite struct RecurrentKernelsTests {
    /// A step with random numbers, in plain rows without blocks.
    private struct Sample {
        let rows: Int
        let units: Int
        let gates: Int
        /// For each row, gate and unit.
        var sums: [Float]
        /// For each unit before, gate and unit after.
        let weights: [Float]
        let candidateBias: [Float]
        var hidden: [Float]
        let cell: [Float]

        /// - Parameter precision: what weights are exact in, if they have steps of `step`.
        init(
            rows: Int, units: Int, gates: Int, precision: WeightPrecision = .float, _ random: inout Seeded
        ) {
            func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &random) } }
            self.rows = rows
            self.units = units
            self.gates = gates
            sums = numbers(rows * gates * units)
            weights = numbers(units * gates * units).map {
                precision == .float ? $0 : ($0 / Sample.step).rounded() * Sample.step
            }
            candidateBias = numbers(units)
            hidden = numbers(rows * units)
            cell = numbers(rows * units)
        }

        static let step: Float = 1.0 / 64

        /// What a gate adds up.
        func sum(_ row: Int, _ gate: Int, _ unit: Int, withInput: Bool = true) -> Double {
            var sum = withInput ? Double(sums[(row * gates + gate) * units + unit]) : 0
            for before in 0..<units {
                sum += Double(hidden[row * units + before]) * Double(weights[(before * gates + gate) * units + unit])
            }
            return sum
        }
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    /// Runs `sample` in the layout of `level`; returns the new states, and the memory behind the last of them.
    private func run(
        _ sample: Sample, _ level: ProcessorLevel, _ precision: WeightPrecision = .float
    ) -> (hidden: [Float], cell: [Float]) {
        let kernels = RecurrentKernels.at(level)
        let width = kernels.blockWidth
        let blocks = (sample.units + width - 1) / width
        let stride = blocks * width
        let (units, gates) = (sample.units, sample.gates)
        var sums = [Float](repeating: 0, count: sample.rows * stride * gates)
        var weights = [Float](repeating: 0, count: units * stride * gates)
        var bias = [Float](repeating: 0, count: stride)
        var (hidden, cell) = (
            [Float](repeating: 0, count: sample.rows * stride), [Float](repeating: 0, count: sample.rows * stride)
        )
        var newHidden = [Float](repeating: .nan, count: sample.rows * stride)
        for unit in 0..<units {
            let (block, lane) = (unit / width, unit % width)
            bias[unit] = sample.candidateBias[unit]
            for row in 0..<sample.rows {
                hidden[row * stride + unit] = sample.hidden[row * units + unit]
                cell[row * stride + unit] = sample.cell[row * units + unit]
                for gate in 0..<gates {
                    sums[row * stride * gates + (block * gates + gate) * width + lane] =
                        sample.sums[(row * gates + gate) * units + unit]
                }
            }
            for before in 0..<units {
                for gate in 0..<gates {
                    weights[((block * units + before) * gates + gate) * width + lane] =
                        sample.weights[(before * gates + gate) * units + unit]
                }
            }
        }
        let bytes: [UInt8] = weights.flatMap { weight in
            switch precision {
            case .float: withUnsafeBytes(of: weight) { Array($0) }
            case .bf16: withUnsafeBytes(of: BFloat16(weight).bits) { Array($0) }
            case .int8Weights: [UInt8(bitPattern: Int8(weight / Sample.step))]
            }
        }
        let scales = [Float](repeating: Sample.step, count: stride * gates)
        sums.withUnsafeMutableBufferPointer { sums in
            cell.withUnsafeMutableBufferPointer { cell in
                newHidden.withUnsafeMutableBufferPointer { newHidden in
                    bytes.withUnsafeBytes { bytes in
                        scales.withUnsafeBufferPointer { scales in
                            var step = RecurrentStep(
                                sums: sums.baseAddress!, weights: bytes.baseAddress!, candidateBias: bias,
                                hidden: hidden,
                                newHidden: newHidden.baseAddress!, cell: UnsafePointer(cell.baseAddress!),
                                newCell: cell.baseAddress!, rowCount: sample.rows, unitCount: units)
                            step.precision = precision
                            step.scales = precision == .int8Weights ? scales.baseAddress : nil
                            gates == 4 ? kernels.longShortTerm(step) : kernels.gatedReset(step)
                        }
                    }
                }
            }
        }
        let plain = { (state: [Float]) in
            (0..<sample.rows).flatMap { row in state[(row * stride)..<(row * stride + units)] }
        }
        return (plain(newHidden), plain(cell))
    }

    private static let sizes = [(1, 1), (1, 16), (2, 5), (3, 17), (5, 4), (6, 32), (7, 33), (13, 8), (16, 20)]

    private func expectNear(_ actual: [Float], _ expected: [Double], _ label: String) {
        for (index, value) in expected.enumerated() {
            #expect(
                abs(Double(actual[index]) - value) < 2e-6 || value.isNaN && actual[index].isNaN, "\(label) \(index)")
        }
    }

    @Test(arguments: ProcessorLevel.usable, WeightPrecision.allCases)
    func stepsOfAnLSTMAreThoseOfItsEquations(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        var random = Seeded(state: 1)
        for (rows, units) in Self.sizes {
            let sample = Sample(rows: rows, units: units, gates: 4, precision: precision, &random)
            var hidden: [Double] = []
            var cell: [Double] = []
            for row in 0..<rows {
                for unit in 0..<units {
                    let kept = sigmoid(sample.sum(row, 1, unit)) * Double(sample.cell[row * units + unit])
                    let state = kept + sigmoid(sample.sum(row, 0, unit)) * tanh(sample.sum(row, 2, unit))
                    cell.append(state)
                    hidden.append(sigmoid(sample.sum(row, 3, unit)) * tanh(state))
                }
            }
            let actual = run(sample, level, precision)
            expectNear(actual.hidden, hidden, "\(level) \(rows) x \(units)")
            expectNear(actual.cell, cell, "\(level) \(rows) x \(units), cell")
        }
    }

    @Test(arguments: ProcessorLevel.usable, WeightPrecision.allCases)
    func stepsOfAGRUAreThoseOfItsEquations(_ level: ProcessorLevel, _ precision: WeightPrecision) {
        var random = Seeded(state: 2)
        for (rows, units) in Self.sizes {
            let sample = Sample(rows: rows, units: units, gates: 3, precision: precision, &random)
            expectNear(run(sample, level, precision).hidden, gatedReset(sample), "\(level) \(rows) x \(units)")
        }
    }

    private func gatedReset(_ sample: Sample) -> [Double] {
        let units = sample.units
        return (0..<sample.rows).flatMap { row in
            (0..<units).map { unit in
                let z = sigmoid(sample.sum(row, 0, unit))
                let recurrent = sample.sum(row, 2, unit, withInput: false) + Double(sample.candidateBias[unit])
                let input = Double(sample.sums[(row * 3 + 2) * units + unit])
                let candidate = tanh(input + sigmoid(sample.sum(row, 1, unit)) * recurrent)
                return z * Double(sample.hidden[row * units + unit]) + (1 - z) * candidate
            }
        }
    }

    @Test(arguments: ProcessorLevel.usable) func rowsKnowNothingOfEachOther(_ level: ProcessorLevel) {
        var random = Seeded(state: 3)
        var sample = Sample(rows: 3, units: 6, gates: 3, &random)
        sample.hidden[6] = .nan
        sample.sums[0] = .infinity
        let hidden = run(sample, level).hidden
        expectNear(hidden, gatedReset(sample), "\(level)")
        #expect(hidden[6..<12].allSatisfy { $0.isNaN })
        #expect(!hidden[..<6].contains { $0.isNaN } && !hidden[12...].contains { $0.isNaN })
    }
}
