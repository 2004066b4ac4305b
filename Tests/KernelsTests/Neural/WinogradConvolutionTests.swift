import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors
import Testing
import Threading

@testable import Kernels

/// Convolutions by minimal filtering over random pictures against element-by-element sums.
@Suite struct WinogradConvolutionTests {
    private static let cases = WinogradTile.allCases.flatMap { tile in [1, 3].map { (tile, $0) } }

    @Test(arguments: cases) func convolutionsAgreeWithPlainSums(tile: WinogradTile, threads: Int) throws {
        let pool = ThreadPool(name: "test", threadCount: threads)
        defer { pool.stop() }
        let context = ExecutionContext(threads: threads > 1 ? pool : nil)
        var numbers = SeededNumbers(51)
        for round in 0..<6 {
            var plain = PlainConvolution(
                &numbers, groups: 1, isChannelsFirst: false, padding: ["SAME", "VALID", "EXPLICIT"][round % 3])
            (plain.window, plain.strides, plain.dilations) = ((3, 3), (1, 1), (1, 1))
            plain.input = (numbers.next(3...13), numbers.next(3...13))
            plain.inputChannels = numbers.next(16...24)
            plain.outputChannels = 16 * numbers.next(1...2)
            let activation = [Activation.linear, .rectifier, Activation(.leakyRectifier, 0.25)][round % 3]
            let inputs = [
                numbers.tensor(plain.inputShape), numbers.tensor(plain.filterShape),
                numbers.tensor([plain.outputChannels]), numbers.tensor(plain.outputShape),
            ]
            let program = try program(plain, activation, filter: inputs[1], tile)
            let output = try program.run(inputs, in: context)[0]
            #expect(output.shape == plain.outputShape, "\(plain)")
            let (expected, magnitude) = sums(plain, activation, inputs)
            let worst = zip(output.array(Float.self), expected).map { abs($0 - $1) }.max() ?? 0
            #expect(worst <= 1e-5 * magnitude, "\(plain)")
        }
    }

    /// What is infinite, no number or very large reaches the results whose windows see it, and no others.
    @Test(arguments: cases) func extraordinaryElementsStayInTheirWindows(tile: WinogradTile, threads: Int) throws {
        let pool = ThreadPool(name: "test", threadCount: threads)
        defer { pool.stop() }
        let context = ExecutionContext(threads: threads > 1 ? pool : nil)
        var numbers = SeededNumbers(52)
        for (round, extraordinary) in [Float.nan, .infinity, -.infinity, 1e30, -3e38].enumerated() {
            var plain = PlainConvolution(
                &numbers, groups: 1, isChannelsFirst: false, padding: ["SAME", "VALID"][round % 2])
            (plain.window, plain.strides, plain.dilations) = ((3, 3), (1, 1), (1, 1))
            (plain.batch, plain.input) = (2, (13, 11))
            (plain.inputChannels, plain.outputChannels) = (19, 32)
            let activation = [Activation.linear, .rectifier, Activation(.leakyRectifier, 0.25)][round % 3]
            var picture = numbers.tensor(plain.inputShape).array(Float.self)
            for _ in 0..<2 { picture[numbers.next(0...picture.count - 1)] = extraordinary }
            let inputs = [
                Tensor(picture, shape: plain.inputShape), numbers.tensor(plain.filterShape),
                numbers.tensor([plain.outputChannels]), numbers.tensor(plain.outputShape),
            ]
            let program = try program(plain, activation, filter: inputs[1], tile)
            let result = try program.run(inputs, in: context)[0].array(Float.self)
            let expected = sums(plain, activation, inputs).result
            let wrong = result.indices.filter { index in
                let (value, right) = (result[index], expected[index])
                if !right.isFinite { return value.isNaN != right.isNaN || (!right.isNaN && value != right) }
                return !(abs(value - right) <= 1e-4 * max(1000, abs(right)))
            }
            #expect(wrong.isEmpty, "\(extraordinary): \(wrong.count) of \(result.count), \(plain)")
        }
    }

    /// A filter that transformations would spoil is used as it is.
    @Test(arguments: [Float.nan, .infinity, 1e20]) func extraordinaryWeightsStayAtTheirPlace(weight: Float) throws {
        var numbers = SeededNumbers(53)
        var plain = PlainConvolution(&numbers, groups: 1, isChannelsFirst: false, padding: "VALID")
        (plain.window, plain.strides, plain.dilations) = ((3, 3), (1, 1), (1, 1))
        (plain.inputChannels, plain.outputChannels) = (17, 32)
        var values = numbers.tensor(plain.filterShape).array(Float.self)
        let column = numbers.next(0...31)
        values[column + 32 * numbers.next(0...9 * 17 - 1)] = weight
        let inputs = [
            numbers.tensor(plain.inputShape), Tensor(values, shape: plain.filterShape), numbers.tensor([32]),
            numbers.tensor(plain.outputShape),
        ]
        let program = try program(plain, .linear, filter: inputs[1], .four)
        let result = try program.run(inputs, in: ExecutionContext())[0].array(Float.self)
        let expected = sums(plain, .linear, inputs).result
        for index in result.indices {
            let isRight =
                expected[index].isNaN
                ? result[index].isNaN
                : result[index] == expected[index]
                    || abs(result[index] - expected[index]) <= 1e-5 * max(1000, abs(expected[index]))
            #expect(isRight, "\(result[index]) for \(expected[index]) in column \(index % 32)")
        }
    }

    @Test func squaresOfAnyCount() {
        for count in [0, 1, 15, 16, 17, 40] {
            let elements = (0..<count).map { Float($0) }
            #expect(WinogradConvolution.squares(elements, count: count) == elements.reduce(0) { $0 + $1 * $1 })
        }
    }

    private func program(
        _ plain: PlainConvolution, _ activation: Activation, filter: Tensor, _ tile: WinogradTile
    ) throws(Status) -> Program {
        let attributes = plain.attributes.merging(activation.attributes) { $1 }
            .merging(["bias": .bool(true), "residual": .bool(true)]) { $1 }
        let node = Node(
            name: "node", op: "FusedConv2D", inputs: (0..<4).map { OutletID(node: $0) },
            attributes: Attributes(attributes))
        let facts = NodeFacts(
            node: node,
            inputs: [TensorFact(.float), TensorFact(constant: filter), TensorFact(.float), TensorFact(.float)])
        var construction = KernelConstruction(
            facts: facts, outputs: [TensorFact(.float)], resources: ResourceStore()
        ) { (_) throws(Status) in throw .unimplemented("no functions here") }
        construction.convolution = .winograd(tile)
        let epilogue = try Epilogue(construction.attributes, inputs: 2)
        let general = EpilogueKernel(try makeGeneralConvolution(construction, spatialRank: 2), epilogue)
        let kernel = try PackedConvolutionKernel.make(construction, epilogue, else: general)
        let step = Program.Step(
            kernel: kernel, op: node.op, label: node.name, inputs: [0, 1, 2, 3], outputs: [4],
            lastUses: [false, false, false, false], releases: [])
        return Program(
            steps: [step], slotCount: 5, constants: [], argumentSlots: [0, 1, 2, 3], resultSlots: [4])
    }

    /// The result, and the largest sum of magnitudes of all elements.
    private func sums(
        _ plain: PlainConvolution, _ activation: Activation, _ inputs: [Tensor]
    ) -> (result: [Float], magnitude: Float) {
        var result = inputs[3].array(Float.self)
        var magnitude = result.map { abs($0) }
        let (x, w, bias) = (inputs[0].array(Float.self), inputs[1].array(Float.self), inputs[2].array(Float.self))
        plain.forEachProduct {
            result[$2] += x[$0] * w[$1]
            magnitude[$2] += abs(x[$0] * w[$1])
        }
        for index in result.indices { result[index] += bias[index % bias.count] }
        VectorKernels.current.activate(activation, &result, result.count)
        return (result, magnitude.max() ?? 0)
    }
}

/// Which algorithm is chosen is a function of sizes and speeds alone.
@Suite struct ConvolutionAlgorithmTests {
    private func choice(
        _ channels: Int, size: Int, batch: Int = 1, _ speeds: ConvolutionSpeeds = .usual(.avx512)
    ) -> ConvolutionAlgorithm {
        ConvolutionWork(filter: [3, 3, channels, channels], batch: batch, height: size, width: size)
            .options(ConvolutionAlgorithm.allCases, speeds).min { $0.nanoseconds < $1.nanoseconds }!.algorithm
    }

    @Test func largePicturesOfFewChannelsTakeLargeTiles() { #expect(choice(64, size: 56) == .winograd(.four)) }

    @Test func weightsThatWouldBeReadOnceForFewPlacesStayDirect() { #expect(choice(512, size: 4) == .direct) }

    @Test func manyImagesPayForLargerWeights() { #expect(choice(512, size: 4, batch: 64) != .direct) }

    @Test func nothingIsChosenThatIsNoCandidate() {
        let work = ConvolutionWork(filter: [3, 3, 64, 64], batch: 1, height: 56, width: 56)
        #expect(work.options([], .usual(.avx512)).map(\.algorithm) == [.direct])
    }

    /// A filter of 9 weights becomes 16 for tiles of two, 36 for tiles of four.
    @Test func extraBytesAreThoseBeyondTheFilter() {
        let work = ConvolutionWork(filter: [3, 3, 64, 128], batch: 1, height: 56, width: 56)
        let options = work.options(ConvolutionAlgorithm.allCases, .usual(.avx512))
        #expect(options.map(\.algorithm) == [.direct, .winograd(.two), .winograd(.four)])
        #expect(options.map(\.extraBytes) == [0, 7 * 64 * 128 * 4, 27 * 64 * 128 * 4])
    }

    /// Where multiplying costs more, fewer multiplications are worth more.
    @Test func slowProductsPayForTransformations() {
        var speeds = ConvolutionSpeeds.usual(.avx512)
        #expect(choice(256, size: 7, speeds) == .winograd(.two))
        speeds.product *= 4
        #expect(choice(256, size: 7, speeds) == .winograd(.four))
        speeds.transformation = 100
        #expect(choice(256, size: 7, speeds) == .direct)
    }

    @Test(arguments: ProcessorLevel.usable) func speedsAreMeasuredAtEveryLevel(level: ProcessorLevel) {
        let speeds = ConvolutionSpeeds.measured(.at(level), .at(level))
        #expect(speeds.product > 0.001 && speeds.product < 1000)
        #expect(speeds.transformation > 0.001 && speeds.transformation < 1000)
    }

    @Test func noiseBelowAStepDoesNotShow() {
        let speeds = (100...200).map { ConvolutionSpeeds.stepped(Double($0)) }
        #expect((4...5).contains(Set(speeds).count))
        #expect(zip(speeds, 100...200).allSatisfy { abs($0 / Double($1) - 1) < 0.1 })
        #expect(ConvolutionSpeeds.stepped(0) > 0)
    }
}
