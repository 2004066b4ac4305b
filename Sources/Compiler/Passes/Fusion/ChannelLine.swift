import Graphs
import Tensors

/// A multiplication and an addition for each channel: what normalisation with known statistics, a bias and scalar factors come
/// down to.
struct ChannelLine {
    private(set) var scale: [Double]
    private(set) var shift: [Double]
    /// The largest number that a channel adds before it multiplies or adds again, as seen in the result. Where it is large,
    /// one multiplication and one addition lose digits that the separate steps keep.
    private(set) var cancellation = 0.0

    /// The line that changes nothing.
    init(channels: Int) {
        scale = [Double](repeating: 1, count: channels)
        shift = [Double](repeating: 0, count: channels)
    }

    private init(scale: [Double], shift: [Double], cancellation: Double = 0) {
        self.scale = scale
        self.shift = shift
        self.cancellation = cancellation
    }

    var hasScale: Bool { scale.contains { $0 != 1 } }
    var hasShift: Bool { shift.contains { $0 != 0 } }

    /// This line, and then `next`.
    func followed(by next: ChannelLine) -> ChannelLine {
        var result = self
        var (largestFactor, largestShift) = (0.0, 0.0)
        for channel in scale.indices {
            result.scale[channel] *= next.scale[channel]
            result.shift[channel] = shift[channel] * next.scale[channel] + next.shift[channel]
            largestFactor = max(largestFactor, abs(next.scale[channel]))
            largestShift = max(largestShift, abs(shift[channel] * next.scale[channel]))
        }
        result.cancellation = max(cancellation * largestFactor, largestShift, next.cancellation)
        return result
    }
}

extension ChannelLine {
    /// What `node` does to `source`, which has `channels` channels in its last dimension; nil if it does anything else.
    /// - Parameter rank: that of `source`; constants of a higher one would change the shape.
    init?(_ view: GraphView, _ node: Int, of source: OutletID, channels: Int, rank: Int) {
        let inputs = view.node(node).inputs
        guard let position = inputs.firstIndex(of: source), view.fact(OutletID(node: node)).dataType == .float else {
            return nil
        }
        let ones = [Double](repeating: 1, count: channels)
        let zeros = [Double](repeating: 0, count: channels)
        switch view.op(node) {
        case "Neg": self.init(scale: ones.map { -$0 }, shift: zeros)
        case "BiasAdd":
            guard position == 0, (try? view.node(node).attributes.string("data_format", default: "NHWC")) == "NHWC",
                rank >= 2, view.constant(node, input: 1)?.shape == [channels],
                let bias = view.channelValues(inputs[1], channels: channels, maximumRank: 1)
            else { return nil }
            self.init(scale: ones, shift: bias)
        case "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3":
            guard position == 0, rank == 4 || rank == 5 else { return nil }
            self.init(normalization: view, node, channels: channels)
        case let op:
            guard inputs.count == 2,
                let values = view.channelValues(inputs[1 - position], channels: channels, maximumRank: rank)
            else { return nil }
            switch (op, position) {
            case ("Mul", _): self.init(scale: values, shift: zeros)
            case ("RealDiv", 0) where !values.contains(0): self.init(scale: values.map { 1 / $0 }, shift: zeros)
            case ("AddV2", _), ("Add", _): self.init(scale: ones, shift: values)
            case ("Sub", 0): self.init(scale: ones, shift: values.map { -$0 })
            case ("Sub", 1): self.init(scale: ones.map { -$0 }, shift: values)
            default: return nil
            }
        }
    }

    /// A batch normalisation with statistics that are constants.
    private init?(normalization view: GraphView, _ node: Int, channels: Int) {
        let attributes = view.node(node).attributes
        let inputs = view.node(node).inputs
        guard inputs.count == 5, (try? attributes.bool("is_training", default: true)) == false,
            (try? attributes.string("data_format", default: "NHWC"))?.hasSuffix("C") == true,
            let epsilon = try? attributes.float("epsilon", default: 0.0001)
        else { return nil }
        var values: [[Double]] = []
        for input in inputs.dropFirst() {
            guard view.fact(input).constant?.shape == [channels],
                let vector = view.channelValues(input, channels: channels, maximumRank: 1)
            else { return nil }
            values.append(vector)
        }
        let (gamma, beta, mean, variance) = (values[0], values[1], values[2], values[3])
        let scale = (0..<channels).map { gamma[$0] / (variance[$0] + Double(epsilon)).squareRoot() }
        let centre = (0..<channels).map { mean[$0] * scale[$0] }
        self.init(
            scale: scale, shift: (0..<channels).map { beta[$0] - centre[$0] },
            cancellation: centre.reduce(0) { max($0, abs($1)) })
    }
}

extension ChannelLine {
    /// The line that only adds.
    init(shift: [Double]) {
        self.init(scale: [Double](repeating: 1, count: shift.count), shift: shift)
    }
}
