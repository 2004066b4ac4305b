import Graphs
import MicrokernelTypes
import ServingCore
import TestSupport
import Tensors
import Testing
import Threading

@testable import Kernels

/// Chains of convolutions against the same convolutions one after the other.
@Suite struct DepthwiseChainTests {
    /// Sizes of a chain; those of pictures are such that it is computed in bands, or not.
    private struct Problem {
        var input: TensorShape
        var channels: Int
        /// Nil: what comes in has `channels` already.
        var expands: Bool
        var projected: Int?
        var hasResidual: Bool
        var attributes: [String: Attribute]
        var window: (height: Int, width: Int)
        var activation: Activation

        init(_ numbers: inout SeededNumbers, isLarge: Bool) {
            expands = numbers.next(0...2) > 0
            projected = !expands || numbers.next(0...2) > 0 ? numbers.next(1...70) : nil
            hasResidual = projected != nil && numbers.next(0...1) == 0
            channels = isLarge ? numbers.next(60...160) : numbers.next(1...40)
            let side = isLarge ? 30...60 : 0...12
            input = [
                numbers.next(1...3), numbers.next(side), numbers.next(side), expands ? numbers.next(1...40) : channels,
            ]
            window = (numbers.next(1...5), numbers.next(1...5))
            let stride = numbers.next(1...3)
            let dilation = stride == 1 ? numbers.next(1...2) : 1
            attributes = [
                "strides": .ints([1, stride, stride, 1]), "dilations": .ints([1, dilation, dilation, 1]),
                "padding": .string(Array(numbers.next(0...2) == 0 ? "EXPLICIT".utf8 : "SAME".utf8)),
                "explicit_paddings": .ints([0, 0, numbers.next(0...9), 4, 4, numbers.next(0...9), 0, 0]),
            ]
            activation =
                [.linear, .rectifier6, Activation(.swish), Activation(.leakyRectifier, 0.25)][numbers.next(0...3)]
        }

        /// The attributes of one part, with a bias.
        func attributes(_ part: DepthwiseChainPart) -> [String: Attribute] {
            var own: [String: Attribute] =
                part == .depthwise
                ? attributes : ["strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8))]
            own["bias"] = .bool(true)
            if part == .projection {
                own["residual"] = .bool(hasResidual)
            } else {
                own.merge(activation.attributes) { $1 }
            }
            return own
        }
    }

    /// Runs the problem both ways.
    private func check(_ problem: Problem, _ numbers: inout SeededNumbers, _ runner: OpRunner) throws {
        let input = numbers.tensor(problem.input)
        var inputs = [input]
        var attributes: [String: Attribute] = [:]
        var value = input
        func add(_ part: DepthwiseChainPart, _ op: String, _ filter: Tensor, _ bias: Tensor, _ last: [Tensor] = [])
            throws
        {
            let own = problem.attributes(part)
            attributes.merge(part.attributes(from: Attributes(own))) { $1 }
            inputs += [filter, bias] + last
            value = try runner.run(op, own, [value, filter, bias] + last, constants: [1, 2])[0]
        }
        if problem.expands {
            try add(
                .expansion, "FusedConv2D", numbers.tensor([1, 1, problem.input[3], problem.channels]),
                numbers.tensor([problem.channels]))
        }
        try add(
            .depthwise, "FusedDepthwiseConv2dNative",
            numbers.tensor([problem.window.height, problem.window.width, problem.channels, 1]),
            numbers.tensor([problem.channels]))
        if let count = problem.projected {
            var shape = value.shape
            shape[3] = count
            try add(
                .projection, "FusedConv2D", numbers.tensor([1, 1, problem.channels, count]), numbers.tensor([count]),
                problem.hasResidual ? [numbers.tensor(shape)] : [])
        }
        let output = try runner.run(
            "FusedDepthwiseChain", attributes, inputs,
            constants: Set(1..<inputs.count).subtracting(residual(inputs, problem)))[0]
        let difference = TensorComparison(tolerance: 1e-5).difference(output, value)
        #expect(difference == nil, "\(problem)")
    }

    private func residual(_ inputs: [Tensor], _ problem: Problem) -> Set<Int> {
        problem.hasResidual ? [inputs.count - 1] : []
    }

    @Test(arguments: [1, 2, 3]) func chainsAgreeWithSingleConvolutions(threads: Int) throws {
        let pool = ThreadPool(name: "test", threadCount: threads)
        defer { pool.stop() }
        let runner = OpRunner(threads: pool)
        var numbers = SeededNumbers(UInt64(40 + threads))
        for round in 0..<24 {
            let problem = Problem(&numbers, isLarge: round % 2 == 0)
            try check(problem, &numbers, runner)
        }
    }

    @Test func onlyWhatTheCacheDoesNotHoldIsCutIntoBands() throws {
        func plan(batch: Int, size: Int, channels: Int, threads: Int = 2, weights: Int = 0) -> DepthwiseChainPlan? {
            let axis = WindowAxis(input: size, window: 3, stride: 1, dilation: 1, before: 1, output: size)
            return DepthwiseChainPlan(
                DepthwiseGeometry(batch: batch, height: axis, width: axis, channels: channels, multiplier: 1),
                expands: true,
                projects: true, weightBytes: weights, threads: threads)
        }
        #expect(plan(batch: 1, size: 14, channels: 96) == nil)
        #expect(plan(batch: 16, size: 14, channels: 96) != nil)
        #expect(plan(batch: 1, size: 112, channels: 96) != nil)
        #expect(plan(batch: 1, size: 112, channels: 96, weights: 1 << 20) == nil)
        // One line would be too much, or more than there can be.
        #expect(plan(batch: 1, size: 1 << 12, channels: 64) == nil)
        #expect(plan(batch: 1 << 20, size: 1 << 20, channels: 1 << 30) == nil)
        // There are not enough lines for so many threads.
        #expect(plan(batch: 1, size: 60, channels: 96, threads: 61) == nil)
    }

    @Test func tasksCoverEveryLineOnce() throws {
        var numbers = SeededNumbers(50)
        var count = 0
        for _ in 0..<2_000 {
            let (size, step, window) = (numbers.next(1...200), numbers.next(1...3), numbers.next(1...7))
            let height = WindowAxis(
                input: size, window: window, stride: step, dilation: numbers.next(1...2), before: numbers.next(0...3),
                output: max(1, size / step + numbers.next(-1...3)))
            let batch = numbers.next(1...20)
            let geometry = DepthwiseGeometry(
                batch: batch, height: height, width: height, channels: numbers.next(1...500), multiplier: 1)
            guard
                let plan = DepthwiseChainPlan(
                    geometry, expands: true, projects: true, weightBytes: 0, threads: numbers.next(1...8))
            else { continue }
            count += 1
            var next = (image: 0, line: 0)
            for task in 0..<plan.taskCount {
                let (image, lines) = plan.part(task)
                #expect(image == next.image && lines.lowerBound == next.line && !lines.isEmpty)
                next = lines.upperBound == height.output ? (image + 1, 0) : (image, lines.upperBound)
                let line = geometry.width.input * geometry.channels
                for first in stride(from: lines, by: plan.bandLines) {
                    let rows = height.covered(by: first..<min(first + plan.bandLines, lines.upperBound))
                    #expect(rows.count * line <= plan.expanded)
                }
            }
            #expect(next == (batch, 0))
            #expect(plan.filtered == plan.bandLines * geometry.width.output * geometry.channels)
            #expect((plan.expanded + plan.filtered) * 4 <= 512 << 10)
        }
        #expect(count > 500)
    }

    private func stride(from lines: Range<Int>, by step: Int) -> StrideTo<Int> {
        Swift.stride(from: lines.lowerBound, to: lines.upperBound, by: step)
    }
}
