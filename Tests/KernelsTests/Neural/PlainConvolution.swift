import Graphs
import Tensors

/// A convolution of pictures with every choice that TensorFlow offers, computed element by element.
struct PlainConvolution {
    var batch = 1
    var input = (height: 1, width: 1)
    var window = (height: 1, width: 1)
    var strides = (height: 1, width: 1)
    var dilations = (height: 1, width: 1)
    var padding = "SAME"
    var explicit = (top: 0, bottom: 0, left: 0, right: 0)
    var inputChannels = 1
    var outputChannels = 1
    var groups = 1
    var isChannelsFirst = false

    /// A random problem whose window fits.
    init(_ numbers: inout SeededNumbers, groups: Int, isChannelsFirst: Bool, padding: String) {
        self.groups = groups
        self.isChannelsFirst = isChannelsFirst
        self.padding = padding
        batch = numbers.next(1...3)
        window = (numbers.next(1...4), numbers.next(1...4))
        strides = (numbers.next(1...3), numbers.next(1...3))
        dilations = (numbers.next(1...2), numbers.next(1...2))
        input = (numbers.next(7...11), numbers.next(7...11))
        inputChannels = groups * numbers.next(1...5)
        outputChannels = groups * numbers.next(1...5)
        if padding == "EXPLICIT" {
            explicit = (numbers.next(0...3), numbers.next(0...3), numbers.next(0...3), numbers.next(0...3))
        }
    }

    private func axis(
        _ input: Int, _ window: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int
    ) -> (output: Int, before: Int) {
        let reach = (window - 1) * dilation + 1
        switch padding {
        case "SAME":
            let output = (input + stride - 1) / stride
            return (output, max(0, (output - 1) * stride + reach - input) / 2)
        default: return ((input + before + after - reach) / stride + 1, before)
        }
    }

    var rows: (output: Int, before: Int) {
        axis(input.height, window.height, strides.height, dilations.height, explicit.top, explicit.bottom)
    }
    var columns: (output: Int, before: Int) {
        axis(input.width, window.width, strides.width, dilations.width, explicit.left, explicit.right)
    }

    func shape(_ height: Int, _ width: Int, _ channels: Int) -> TensorShape {
        isChannelsFirst ? [batch, channels, height, width] : [batch, height, width, channels]
    }
    var inputShape: TensorShape { shape(input.height, input.width, inputChannels) }
    var outputShape: TensorShape { shape(rows.output, columns.output, outputChannels) }
    var filterShape: TensorShape { [window.height, window.width, inputChannels / groups, outputChannels] }

    private func perDimension(_ height: Int, _ width: Int) -> [Int] {
        isChannelsFirst ? [1, 1, height, width] : [1, height, width, 1]
    }

    var attributes: [String: Attribute] {
        var result: [String: Attribute] = [
            "strides": .ints(perDimension(strides.height, strides.width)),
            "dilations": .ints(perDimension(dilations.height, dilations.width)),
            "padding": .string(Array(padding.utf8)),
            "data_format": .string(Array((isChannelsFirst ? "NCHW" : "NHWC").utf8)),
        ]
        if padding == "EXPLICIT" {
            let pads = [explicit.top, explicit.bottom, explicit.left, explicit.right]
            result["explicit_paddings"] = .ints(isChannelsFirst ? [0, 0, 0, 0] + pads : [0, 0] + pads + [0, 0])
        }
        return result
    }

    /// Elements from one image, line, column and channel to the next in pictures of such sizes.
    private func steps(_ height: Int, _ width: Int, _ channels: Int) -> (image: Int, y: Int, x: Int, channel: Int) {
        let image = height * width * channels
        return isChannelsFirst ? (image, width, 1, height * width) : (image, width * channels, channels, 1)
    }

    /// Calls `body` with the positions of input, filter and output for every product of the convolution.
    func forEachProduct(_ body: (_ input: Int, _ filter: Int, _ output: Int) -> Void) {
        let perGroup = (inputs: inputChannels / groups, outputs: outputChannels / groups)
        let (rows, columns) = (rows, columns)
        let from = steps(input.height, input.width, inputChannels)
        let to = steps(rows.output, columns.output, outputChannels)
        for image in 0..<batch {
            for y in 0..<rows.output {
                for x in 0..<columns.output {
                    let place = image * to.image + y * to.y + x * to.x
                    for tapY in 0..<window.height {
                        let sourceY = y * strides.height - rows.before + tapY * dilations.height
                        guard sourceY >= 0, sourceY < input.height else { continue }
                        for tapX in 0..<window.width {
                            let sourceX = x * strides.width - columns.before + tapX * dilations.width
                            guard sourceX >= 0, sourceX < input.width else { continue }
                            let source = image * from.image + sourceY * from.y + sourceX * from.x
                            let tap = (tapY * window.width + tapX) * perGroup.inputs
                            for output in 0..<outputChannels {
                                let first = output / perGroup.outputs * perGroup.inputs
                                let target = place + output * to.channel
                                for term in 0..<perGroup.inputs {
                                    body(
                                        source + (first + term) * from.channel,
                                        (tap + term) * outputChannels + output, target)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
