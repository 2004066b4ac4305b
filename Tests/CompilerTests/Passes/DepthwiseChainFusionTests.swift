import Compiler
import Graphs
import Tensors
import Testing

/// Which convolutions become one chain, and which must not.
@Suite struct DepthwiseChainFusionTests {
    /// Convolutions as in nets for small devices, with an activation behind each but the last.
    private func block(_ sample: inout FusionSample, _ x: OutletID, hasResidual: Bool) -> OutletID {
        let expanded = sample.node("Relu6", [sample.convolution(x, [1, 1, 3, 8])])
        let filtered = sample.node("Relu6", [sample.convolution(expanded, [3, 3, 8, 1], op: "DepthwiseConv2dNative")])
        let projected = sample.node("BiasAdd", [sample.convolution(filtered, [1, 1, 8, 3]), sample.weights([3])])
        return hasResidual ? sample.node("AddV2", [x, projected]) : projected
    }

    @Test(arguments: [false, true]) func aBlockBecomesOneNode(hasResidual: Bool) throws {
        // The larger pictures are computed in bands.
        for size in [5, 90] {
            var sample = FusionSample()
            let x = sample.node("Reshape", [sample.input("x"), sample.integers([-1, Int32(size), 4, 3])])
            let y = block(&sample, x, hasResidual: hasResidual)
            #expect(try sample.ops(y) == ["Reshape", "FusedDepthwiseChain"])
            try sample.check(y, with: [sample.numbers([140, size, 12])])
            try sample.check(y, with: [sample.numbers([0, size, 12])])
        }
    }

    @Test func blocksBehindEachOtherStayApart() throws {
        var sample = FusionSample()
        let x = sample.node("Reshape", [sample.input("x"), sample.integers([-1, 7, 6, 3])])
        let y = block(&sample, block(&sample, x, hasResidual: true), hasResidual: true)
        #expect(try sample.ops(y) == ["Reshape", "FusedDepthwiseChain", "FusedDepthwiseChain"])
        try sample.check(y, with: [sample.numbers([2, 126])])
    }

    @Test func shapesThatDoNotFitFailAsTheConvolutionsDo() throws {
        var sample = FusionSample()
        let y = block(&sample, sample.input("x"), hasResidual: true)
        #expect(try sample.check(y, with: [sample.numbers([2, 5, 4, 2])]) != nil)
        #expect(try sample.check(y, with: [sample.numbers([5, 4, 3])]) != nil)
    }

    @Test func eitherNeighbourIsEnough() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let filtered = sample.convolution(x, [3, 3, 4, 1], op: "DepthwiseConv2dNative")
        let behind = sample.node("Relu", [sample.convolution(filtered, [1, 1, 4, 6])])
        #expect(try sample.ops(behind) == ["FusedDepthwiseChain"])
        let expanded = sample.convolution(x, [1, 1, 4, 6])
        let ahead = sample.node("Relu", [sample.convolution(expanded, [3, 3, 6, 1], op: "DepthwiseConv2dNative")])
        #expect(try sample.ops(ahead) == ["FusedDepthwiseChain"])
        try sample.check(ahead, behind, with: [sample.numbers([1, 6, 5, 4])])
    }

    @Test func whatOthersReadOrIsNoConvolutionOfPixelsStays() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let expanded = sample.convolution(x, [1, 1, 4, 6])
        let filtered = sample.convolution(expanded, [3, 3, 6, 1], op: "DepthwiseConv2dNative")
        #expect(try sample.ops(filtered, expanded) == ["Conv2D", "DepthwiseConv2dNative"])
        let wide = sample.convolution(
            sample.convolution(x, [3, 3, 4, 6]), [3, 3, 6, 1], op: "DepthwiseConv2dNative")
        #expect(try sample.ops(wide) == ["Conv2D", "DepthwiseConv2dNative"])
        let doubled = sample.convolution(
            sample.convolution(x, [1, 1, 4, 6]), [3, 3, 6, 2], op: "DepthwiseConv2dNative")
        #expect(try sample.ops(doubled) == ["Conv2D", "DepthwiseConv2dNative"])
        try sample.check(filtered, expanded, wide, doubled, with: [sample.numbers([2, 6, 5, 4])])
    }

    @Test func groupsStay() throws {
        var sample = FusionSample()
        let x = sample.node("Reshape", [sample.input("x"), sample.integers([-1, 5, 5, 4])])
        let grouped = sample.convolution(
            sample.convolution(x, [1, 1, 2, 6]), [3, 3, 6, 1], op: "DepthwiseConv2dNative")
        #expect(try sample.ops(grouped) == ["Reshape", "Conv2D", "DepthwiseConv2dNative"])
        try sample.check(grouped, with: [sample.numbers([2, 100])])
    }
}
