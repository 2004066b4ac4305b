import Graphs
import ServingCore
import Tensors
import Testing

/// Depthwise convolutions with an epilogue against the same ops one after the other.
@Suite struct DepthwiseConvolutionTests {
    private let runner = OpRunner()

    /// A random problem of at most 300 channels, more than are computed at a time.
    private func problem(_ numbers: inout SeededNumbers, multiplier: Int, padding: String) -> PlainConvolution {
        let channels = numbers.next(0...3) == 0 ? numbers.next(100...300 / multiplier) : numbers.next(1...40)
        var plain = PlainConvolution(&numbers, groups: channels, isChannelsFirst: false, padding: padding)
        plain.inputChannels = channels
        plain.outputChannels = channels * multiplier
        return plain
    }

    @Test func epiloguesAgreeWithOpsOfTheirOwn() throws {
        var numbers = SeededNumbers(7)
        let activations: [(name: String, op: String?)] = [("linear", nil), ("clamp", "Relu6"), ("elu", "Elu")]
        for multiplier in [1, 2, 3] {
            for padding in ["SAME", "VALID", "EXPLICIT"] {
                for (name, op) in activations {
                    let plain = problem(&numbers, multiplier: multiplier, padding: padding)
                    let window = TensorShape([
                        plain.window.height, plain.window.width, plain.inputChannels, multiplier,
                    ])
                    let inputs = [numbers.tensor(plain.inputShape), numbers.tensor(window)]
                    let (bias, residual) = (
                        numbers.tensor([plain.outputChannels]), numbers.tensor(plain.outputShape)
                    )
                    var expected = try runner.run("DepthwiseConv2dNative", plain.attributes, inputs)[0]
                    expected = try runner.run("BiasAdd", [:], [expected, bias])[0]
                    expected = try runner.run("AddV2", [:], [expected, residual])[0]
                    if let op { expected = try runner.run(op, [:], [expected])[0] }
                    var attributes = plain.attributes
                    attributes["bias"] = .bool(true)
                    attributes["residual"] = .bool(true)
                    attributes["activation"] = .string(Array(name.utf8))
                    attributes["activation_parameters"] = .floats([0, 6])
                    let output = try runner.run(
                        "FusedDepthwiseConv2dNative", attributes, inputs + [bias, residual])[0]
                    #expect(output.shape == expected.shape)
                    let differences = zip(output.array(Float.self), expected.array(Float.self)).map { abs($0 - $1) }
                    #expect(differences.allSatisfy { $0 < 1e-6 }, "\(plain)")
                }
            }
        }
    }

    @Test func operandsOfTheEpilogueMustFit() {
        var numbers = SeededNumbers(8)
        let attributes: [String: Attribute] = [
            "strides": .ints([1, 1, 1, 1]), "padding": .string(Array("SAME".utf8)), "bias": .bool(true),
        ]
        let inputs = [numbers.tensor([1, 4, 4, 3]), numbers.tensor([3, 3, 3, 1])]
        let bias = runner.failure("FusedDepthwiseConv2dNative", attributes, inputs + [numbers.tensor([2])])
        #expect(bias?.code == .invalidArgument)
        let residual = runner.failure(
            "FusedDepthwiseConv2dNative", attributes.merging(["residual": .bool(true)]) { $1 },
            inputs + [numbers.tensor([3]), numbers.tensor([1, 4, 4, 1])])
        #expect(residual?.message == "Incompatible shapes: [1,4,4,3] vs. [1,4,4,1]")
    }
}
