import Graphs
import ServingCore
import Tensors
import Testing
import Threading

/// Convolutions over random problems against element-by-element sums; all numbers are exact.
@Suite struct ConvolutionTests {
    private static let problems: [(groups: Int, isChannelsFirst: Bool, padding: String)] = [1, 2, 3].flatMap { groups in
        [false, true].flatMap { first in ["SAME", "VALID", "EXPLICIT"].map { (groups, first, $0) } }
    }

    @Test func convolutionsAgreeWithPlainSums() throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(1)
        for (groups, isChannelsFirst, padding) in Self.problems {
            let plain = PlainConvolution(&numbers, groups: groups, isChannelsFirst: isChannelsFirst, padding: padding)
            let (input, filter) = (numbers.tensor(plain.inputShape), numbers.tensor(plain.filterShape))
            var expected = [Float](repeating: 0, count: plain.outputShape.elementCount)
            let (x, w) = (input.array(Float.self), filter.array(Float.self))
            plain.forEachProduct { expected[$2] += x[$0] * w[$1] }
            let output = try runner.run("Conv2D", plain.attributes, [input, filter])[0]
            #expect(output.shape == plain.outputShape, "\(plain)")
            #expect(output.array(Float.self) == expected, "\(plain)")
        }
    }

    @Test func transposedConvolutionsAgreeWithPlainSums() throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(2)
        for (groups, isChannelsFirst, padding) in Self.problems {
            let plain = PlainConvolution(&numbers, groups: groups, isChannelsFirst: isChannelsFirst, padding: padding)
            let (gradient, filter) = (numbers.tensor(plain.outputShape), numbers.tensor(plain.filterShape))
            var expected = [Float](repeating: 0, count: plain.inputShape.elementCount)
            let (y, w) = (gradient.array(Float.self), filter.array(Float.self))
            plain.forEachProduct { expected[$0] += y[$2] * w[$1] }
            let sizes = Tensor(plain.inputShape.dimensions.map { Int32($0) })
            let output = try runner.run("Conv2DBackpropInput", plain.attributes, [sizes, filter, gradient])[0]
            #expect(output.shape == plain.inputShape, "\(plain)")
            #expect(output.array(Float.self) == expected, "\(plain)")
        }
    }

    @Test func depthwiseConvolutionsAgreeWithGroups() throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(3)
        for (multiplier, isChannelsFirst, padding) in Self.problems {
            for channels in [1, 4, 7, 16, 21] {
                var plain = PlainConvolution(
                    &numbers, groups: channels, isChannelsFirst: isChannelsFirst, padding: padding)
                plain.batch = 1
                plain.inputChannels = channels
                plain.outputChannels = channels * multiplier
                let (input, filter) = (numbers.tensor(plain.inputShape), numbers.tensor(plain.filterShape))
                let grouped = try runner.run("Conv2D", plain.attributes, [input, filter])[0]
                let single = filter.reshaped(to: [plain.window.height, plain.window.width, channels, multiplier])
                let output = try runner.run("DepthwiseConv2dNative", plain.attributes, [input, single])[0]
                #expect(output.shape == grouped.shape, "\(plain)")
                #expect(output.array(Float.self) == grouped.array(Float.self), "\(plain)")
            }
        }
    }

    /// Enough work for several tiles and threads.
    @Test func tilesOnSeveralThreadsAgreeWithOneThread() throws {
        let pool = ThreadPool(name: "test", threadCount: 3)
        defer { pool.stop() }
        var numbers = SeededNumbers(4)
        let (input, filter) = (numbers.tensor([3, 33, 31, 40]), numbers.tensor([3, 3, 40, 24]))
        let attributes: [String: Attribute] = ["strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8))]
        let alone = try OpRunner().run("Conv2D", attributes, [input, filter])[0].array(Float.self)
        let runner = OpRunner(threads: pool)
        for _ in 0..<3 {
            #expect(try runner.run("Conv2D", attributes, [input, filter])[0].array(Float.self) == alone)
        }
    }

    @Test func convolutionBeyondTheMemoryLimitIsRefused() {
        var numbers = SeededNumbers(5)
        let runner = OpRunner(memoryLimit: 10_000)
        let attributes: [String: Attribute] = [
            "strides": .ints([1, 1, 1, 1]), "padding": .string(Array("EXPLICIT".utf8)),
            "explicit_paddings": .ints([0, 0, 1 << 30, 1 << 30, 1 << 30, 1 << 30, 0, 0]),
        ]
        let failure = runner.failure(
            "Conv2D", attributes, [numbers.tensor([1, 2, 2, 1]), numbers.tensor([1, 1, 1, 2])])
        #expect(failure?.code == .resourceExhausted)
    }
}
