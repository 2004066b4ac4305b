import Execution
import Graphs
import ServingCore
import Tensors
import Testing

@testable import Kernels

@Suite struct ConvolutionChoicesTests {
    private func construction(
        _ op: String, _ input: PartialShape, _ weights: Tensor, strides: Int = 1
    ) -> KernelConstruction {
        let attributes: [String: Attribute] = [
            "strides": .ints([1, strides, strides, 1]), "padding": .string(Array("SAME".utf8)),
        ]
        let node = Node(
            name: "node", op: op, inputs: [OutletID(node: 0), OutletID(node: 1)], attributes: Attributes(attributes))
        return KernelConstruction(
            facts: NodeFacts(node: node, inputs: [TensorFact(.float, input), TensorFact(constant: weights)]),
            outputs: [TensorFact(.float)], resources: ResourceStore()
        ) { (_) throws(Status) in throw .unimplemented("no functions here") }
    }

    private func picture(_ size: Int, _ channels: Int) -> PartialShape { PartialShape([-1, size, size, channels]) }

    private func filter(_ channels: Int, window: Int = 3) -> Tensor {
        Tensor(
            [Float](repeating: 0.5, count: window * window * channels * channels),
            shape: [window, window, channels, channels])
    }

    private func choices(_ constructions: [KernelConstruction], freeBytes: Int = 0) -> [ConvolutionAlgorithm?] {
        ConvolutionChoices.made(for: constructions, .usual(.avx512), freeBytes: freeBytes).map(\.convolution)
    }

    /// Alone it would take four times its filter; beside other weights there is room.
    @Test func largerFormsNeedOtherWeightsBesideThem() {
        let convolution = construction("Conv2D", picture(56, 64), filter(64))
        #expect(choices([convolution]) == [.direct])
        let product = construction("MatMul", PartialShape([-1, 1000]), Tensor([Float](repeating: 1, count: 1_000_000)))
        #expect(choices([product, convolution]) == [nil, .winograd(.four)])
    }

    @Test func littleMemoryIsFree() {
        let convolution = construction("Conv2D", picture(56, 64), filter(64))
        #expect(choices([convolution], freeBytes: 4 * 27 * 64 * 64) == [.winograd(.four)])
        #expect(choices([convolution], freeBytes: 4 * 7 * 64 * 64) == [.winograd(.two)])
        #expect(choices([convolution], freeBytes: 4 * 7 * 64 * 64 - 1) == [.direct])
    }

    /// What was chosen for one program is there for the others, however little else they have.
    @Test func packedFiltersAreUsedInTheFormTheyHave() throws {
        let weights = filter(32)
        var first = construction("Conv2D", picture(56, 32), weights)
        let second = construction("FusedConv2D", picture(56, 32), weights)
        first.convolution = .winograd(.two)
        let kernel = try PackedConvolutionKernel.make(
            first, Epilogue(Attributes(), inputs: 2), else: makeGeneralConvolution(first, spatialRank: 2))
        #expect(choices([second]) == [.winograd(.two)])
        withExtendedLifetime(kernel) {}
    }

    @Test func otherConvolutionsLeaveNoChoice() {
        let others = [
            construction("Conv2D", picture(56, 64), filter(64), strides: 2),
            construction("Conv2D", picture(56, 64), filter(64, window: 5)),
            construction("Conv2D", picture(56, 3), filter(3)),
        ]
        #expect(choices(others) == [nil, nil, nil])
        #expect(choices([]).isEmpty)
    }

    /// Equal constants in the same memory count once, and no limit is exceeded by all together.
    @Test func allTogetherStayWithinTheShare() {
        let all = (0..<8).map { _ in construction("Conv2D", picture(28, 128), filter(128)) }
        let bytes = choices(all).map { choice in
            if case .winograd(let tile)? = choice { (tile.points * tile.points - 9) * 128 * 128 * 4 } else { 0 }
        }
        let total = 8 * 9 * 128 * 128 * 4
        #expect(bytes.contains { $0 > 0 })
        #expect(Double(bytes.reduce(0, +)) <= Double(total) * ConvolutionChoices.extraShare)
    }
}
