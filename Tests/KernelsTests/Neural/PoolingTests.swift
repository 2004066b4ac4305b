import Graphs
import ServingCore
import Tensors
import Testing

/// Pooling with channels first, which TensorFlow's own kernels refuse, against the same with channels last.
@Suite struct PoolingTests {
    @Test(arguments: ["MaxPool", "AvgPool"])
    func channelsFirstAgreesWithChannelsLast(op: String) throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(6)
        for padding in ["SAME", "VALID"] {
            let (window, stride) = (
                [numbers.next(1...3), numbers.next(1...3)], [numbers.next(1...3), numbers.next(1...3)]
            )
            let last = numbers.tensor([2, 7, 5, 3])
            func attributes(_ format: String) -> [String: Attribute] {
                let wrap = { (values: [Int]) in format == "NCHW" ? [1, 1] + values : [1] + values + [1] }
                return [
                    "ksize": .ints(wrap(window)), "strides": .ints(wrap(stride)),
                    "padding": .string(Array(padding.utf8)),
                    "data_format": .string(Array(format.utf8)),
                ]
            }
            let expected = try runner.run(op, attributes("NHWC"), [last])[0]
            let first = try runner.run("Transpose", [:], [last, Tensor([Int32(0), 3, 1, 2])])[0]
            let pooled = try runner.run(op, attributes("NCHW"), [first])[0]
            let output = try runner.run("Transpose", [:], [pooled, Tensor([Int32(0), 2, 3, 1])])[0]
            #expect(output.shape == expected.shape)
            #expect(output.array(Float.self) == expected.array(Float.self))
        }
    }
}
