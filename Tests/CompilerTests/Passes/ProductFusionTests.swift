import Compiler
import Graphs
import Tensors
import Testing

/// What becomes part of products and convolutions, and what must not.
@Suite struct ProductFusionTests {
    private func normalization(_ sample: inout FusionSample, _ x: OutletID, _ channels: Int) -> OutletID {
        let parameters = [0.5...2, -1...1, -1...1, 0.5...2].map { sample.weights([channels], $0) }
        return sample.node(
            "norm", "FusedBatchNormV3", [x] + parameters,
            ["is_training": .bool(false), "epsilon": .float(0.001), "U": .type(.float)])
    }

    @Test(arguments: ["Conv2D", "DepthwiseConv2dNative"])
    func normalizationBehindAConvolutionGoesIntoItsWeights(op: String) throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let product = sample.convolution(x, [3, 3, 2, 4], op: op)
        let channels = op == "Conv2D" ? 4 : 8
        let y = sample.node("Relu6", [normalization(&sample, product, channels)])
        #expect(try sample.ops(y) == ["Fused\(op)"])
        try sample.check(y, with: [sample.numbers([2, 5, 4, 2])])
        try sample.check(y, with: [sample.numbers([0, 5, 4, 2])])
    }

    @Test func factorsAndSummandsOfEachChannelGoIntoTheWeights() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let product = sample.convolution(x, [1, 1, 2, 3])
        let scaled = sample.node("Mul", [product, sample.weights([3], 0.5...2)])
        let shifted = sample.node("AddV2", [sample.weights([1, 1, 1, 3]), scaled])
        let y = sample.node("Sub", [sample.scalar(1), sample.node("RealDiv", [shifted, sample.scalar(3)])])
        #expect(try sample.ops(y) == ["FusedConv2D"])
        try sample.check(y, with: [sample.numbers([1, 3, 3, 2])])
    }

    @Test func scalingOfTheInputGoesIntoTheWeightsOfAllGroups() throws {
        var sample = FusionSample()
        let x = sample.node("Reshape", [sample.input("x"), sample.integers([-1, 4, 4, 4])])
        let scaled = sample.node("Mul", [x, sample.weights([4], 0.5...2)])
        let shifted = sample.node("AddV2", [scaled, sample.weights([4])])
        let valid = sample.convolution(shifted, [3, 3, 2, 6], padding: "VALID")
        #expect(try sample.ops(valid) == ["Reshape", "FusedConv2D"])
        try sample.check(valid, with: [sample.numbers([2, 64])])
    }

    @Test func summandsInFrontOfPaddingStay() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let shifted = sample.node("Sub", [sample.node("Mul", [x, sample.scalar(0.01)]), sample.scalar(1)])
        let y = sample.convolution(shifted, [3, 3, 2, 3])
        #expect(try sample.ops(y) == ["Mul", "Sub", "Conv2D"])
        let scaled = sample.convolution(sample.node("RealDiv", [x, sample.scalar(255)]), [3, 3, 2, 3])
        #expect(try sample.ops(scaled) == ["FusedConv2D"])
        try sample.check(y, scaled, with: [sample.numbers([1, 3, 3, 2], 0...255)])
    }

    @Test func whatOthersReadStays() throws {
        var sample = FusionSample()
        let product = sample.convolution(sample.input("x"), [1, 1, 2, 3])
        let y = sample.node("Mul", [product, sample.weights([3])])
        let z = sample.node("Exp", [product])
        #expect(try sample.ops(y, z).sorted() == ["Conv2D", "Exp", "Mul"])
        #expect(try sample.ops(y, product).sorted() == ["Conv2D", "Mul"])
        try sample.check(y, z, product, with: [sample.numbers([1, 2, 2, 2])])
    }

    @Test func constantsThatAreNoVectorOfChannelsStay() throws {
        var sample = FusionSample()
        let product = sample.convolution(sample.input("x"), [1, 1, 2, 3])
        let wide = sample.node("Mul", [product, sample.weights([2, 1])])
        #expect(try sample.ops(wide) == ["Conv2D", "Mul"])
        let deep = sample.node("AddV2", [product, sample.weights([1, 1, 1, 1, 3])])
        #expect(try sample.ops(deep) == ["Conv2D", "AddV2"])
        try sample.check(wide, deep, with: [sample.numbers([1, 2, 2, 2])])
    }

    @Test func aResidualIsAdded() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let first = sample.convolution(x, [1, 1, 2, 3])
        let second = sample.convolution(x, [3, 3, 2, 3])
        let biased = sample.node("BiasAdd", [second, sample.weights([3])])
        let y = sample.node("Relu", [sample.node("AddV2", [first, biased])])
        #expect(try sample.ops(y) == ["Conv2D", "FusedConv2D"])
        try sample.check(y, with: [sample.numbers([2, 4, 5, 2])])
    }

    @Test func aResidualOfAnotherShapeIsBroadcastOrRefusedAsByItsNode() throws {
        var sample = FusionSample()
        let (x, r) = (sample.input("x"), sample.input("r"))
        let product = sample.convolution(x, [1, 1, 2, 3])
        let residual = sample.convolution(r, [1, 1, 1, 3])
        let y = sample.node("Relu", [sample.node("sum", "AddV2", [product, sample.node("Exp", [residual])])])
        #expect(try sample.ops(y, feeds: ["x", "r"]).last == "FusedConv2D")
        for shape in [[2, 3, 3, 1], [1, 3, 3, 1], [2, 1, 3, 1]] as [TensorShape] {
            let inputs = [sample.numbers([2, 3, 3, 2]), sample.numbers(shape)]
            #expect(try sample.check(y, feeds: ["x", "r"], with: inputs) == nil)
        }
        #expect(
            try sample.check(
                y, feeds: ["x", "r"], with: [sample.numbers([1, 3, 3, 2]), sample.numbers([4, 3, 3, 1])]) == nil)
        let error = try sample.check(
            y, feeds: ["x", "r"], with: [sample.numbers([2, 3, 3, 2]), sample.numbers([2, 2, 3, 1])])
        #expect(error?.message == "Incompatible shapes: [2,3,3,3] vs. [2,2,3,3]\n\t [[{{node sum}}]]")
    }

    @Test func errorsOfTheProductAreItsOwn() throws {
        var sample = FusionSample()
        let y = sample.node(
            "Relu", [sample.convolution(sample.input("x"), [3, 3, 2, 3], padding: "VALID")])
        for shape in [[2, 2, 2, 3], [2, 2], [1, 1, 1, 2]] as [TensorShape] {
            let error = try sample.check(y, with: [sample.numbers(shape)])
            #expect(error?.message.contains("[[{{node conv_") == true)
        }
    }

    @Test(arguments: ["Conv2D", "DepthwiseConv2dNative"])
    func zerosAroundPicturesBecomePadding(op: String) throws {
        var sample = FusionSample()
        let paddings = sample.integers([0, 0, 1, 0, 2, 3, 0, 0], shape: [4, 2])
        let padded = sample.node("pad", "Pad", [sample.input("x"), paddings], ["Tpaddings": .type(.int32)])
        let y = sample.node("Relu", [sample.convolution(padded, [3, 3, 2, 2], padding: "VALID", op: op)])
        #expect(try sample.ops(y) == ["Fused\(op)"])
        #expect(try sample.check(y, with: [sample.numbers([2, 4, 5, 2])]) == nil)
        let rank = try sample.check(y, with: [sample.numbers([4, 5, 2])])
        #expect(rank?.message.hasSuffix("[[{{node pad}}]]") == true)
        #expect(try sample.check(y, with: [sample.numbers([1, 0, 1, 2])]) != nil)
    }

    @Test func zerosAroundNumbersThatAreNotNegativeBecomePaddingOfTheMaximum() throws {
        for (isPositive, expected) in [(true, ["Relu", "FusedMaxPool"]), (false, ["Tanh", "Pad", "MaxPool"])] {
            var sample = FusionSample()
            let x = sample.node(isPositive ? "Relu" : "Tanh", [sample.input("x")])
            let paddings = sample.integers([0, 0, 1, 1, 1, 2, 0, 0], shape: [4, 2])
            let padded = sample.node("Pad", [x, paddings], ["Tpaddings": .type(.int32)])
            let window: [String: Attribute] = [
                "ksize": .ints([1, 3, 3, 1]), "strides": .ints([1, 2, 2, 1]), "padding": .string(Array("VALID".utf8)),
            ]
            let y = sample.node("MaxPool", [padded], window)
            #expect(try sample.ops(y) == expected)
            #expect(try sample.check(y, with: [sample.numbers([2, 7, 6, 3])]) == nil)
            #expect(try sample.check(y, with: [sample.numbers([2, 1, 1, 3])]) == nil)
            try sample.check(y, with: [sample.numbers([2, 0, 4, 3])])
            try sample.check(y, with: [sample.numbers([4, 3])])
        }
    }

    @Test func zerosAroundBatchOrChannelsStay() throws {
        var sample = FusionSample()
        let paddings = sample.integers([0, 0, 1, 0, 2, 3, 0, 1], shape: [4, 2])
        let padded = sample.node("Pad", [sample.input("x"), paddings], ["Tpaddings": .type(.int32)])
        let y = sample.convolution(padded, [3, 3, 2, 2], padding: "VALID")
        #expect(try sample.ops(y) == ["Pad", "Conv2D"])
    }

    @Test func biasAndActivationMoveBeforeAChangeOfShape() throws {
        var sample = FusionSample()
        let product = sample.node("MatMul", [sample.input("x"), sample.weights([4, 6])])
        let reshaped = sample.node("shape", "Reshape", [product, sample.integers([-1, 3, 6])])
        let biased = sample.node("BiasAdd", [reshaped, sample.weights([6])])
        let y = sample.node("Mul", [biased, sample.node("Sigmoid", [biased])])
        #expect(try sample.ops(y) == ["FusedMatMul", "Reshape"])
        #expect(try sample.check(y, with: [sample.numbers([6, 4])]) == nil)
        let error = try sample.check(y, with: [sample.numbers([5, 4])])
        #expect(error?.message.hasSuffix("[[{{node shape}}]]") == true)
    }

    @Test func normalizationAloneBecomesOneNode() throws {
        var sample = FusionSample()
        let y = sample.node("Relu", [normalization(&sample, sample.input("x"), 3)])
        #expect(try sample.ops(y) == ["ScaleShift"])
        #expect(try sample.check(y, with: [sample.numbers([2, 4, 5, 3])]) == nil)
        #expect(try sample.check(y, with: [sample.numbers([4, 3])]) != nil)
        #expect(try sample.check(y, with: [sample.numbers([2, 4, 5, 2])]) != nil)
    }

    @Test func numbersThatCancelAreKeptApart() throws {
        var sample = FusionSample()
        let centred = sample.node("Sub", [sample.input("x"), sample.constant(Tensor([1e6, 2e6] as [Float]))])
        let y = sample.node("Mul", [centred, sample.weights([2], 0.5...2)])
        #expect(try sample.ops(y) == ["Sub", "Mul"])
    }
}
