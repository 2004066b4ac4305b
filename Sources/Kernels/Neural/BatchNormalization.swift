import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `FusedBatchNorm`, `FusedBatchNormV2` and `FusedBatchNormV3`, for inference and with statistics of the batch itself.
let batchNormalizationOps: [OpDefinition] = [("FusedBatchNorm", 5), ("FusedBatchNormV2", 5), ("FusedBatchNormV3", 6)]
    .map {
        name, outputs in
        OpDefinition(name, infer: { (facts) throws(Status) in try inferNormalization(facts, outputs) }) {
            (construction) throws(Status) in
            switch try construction.input(0).dataType {
            case .float: try specialized(BatchNormalizationKernel<Float>(construction))
            case .half: try specialized(BatchNormalizationKernel<Half>(construction))
            case .bfloat16: try specialized(BatchNormalizationKernel<BFloat16>(construction))
            case let other: throw construction.unsupported(other)
            }
        }
    }

private func inferNormalization(_ facts: NodeFacts, _ outputs: Int) throws(Status) -> [TensorFact] {
    let input = try facts.input(0)
    let parameters = try facts.input(1)
    var result = [TensorFact(input.dataType, input.shape)]
    for index in 1..<outputs {
        result.append(TensorFact(parameters.dataType, index < 5 ? .unknown(rank: 1) : .unknown))
    }
    return result
}

private final class BatchNormalizationKernel<Element: OrderedElement>: Kernel where Element.Value == Float {
    private let epsilon: Float
    /// How much the batch's statistics count in the new running ones.
    private let averageFactor: Float
    private let isTraining: Bool
    private let isChannelsFirst: Bool

    init(_ construction: KernelConstruction) throws(Status) {
        let attributes = construction.attributes
        epsilon = try attributes.float("epsilon", default: 0.0001)
        averageFactor = try attributes.float("exponential_avg_factor", default: 1)
        isTraining = try attributes.bool("is_training", default: true)
        let format = try attributes.string("data_format", default: "NHWC")
        guard ["NHWC", "NCHW", "NDHWC", "NCDHW"].contains(format) else {
            throw .invalidArgument("Invalid data format")
        }
        isChannelsFirst = format.hasPrefix("NC")
        for index in 1..<5 where try construction.input(index).dataType != .float {
            throw construction.unsupported(try construction.input(index).dataType, "U")
        }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = context.input(0).shape
        guard shape.rank == 4 || shape.rank == 5 else {
            throw .invalidArgument("input must be 4 or 5-dimensional\(shape)")
        }
        let channelAxis = isChannelsFirst ? 1 : shape.rank - 1
        let channels = shape[channelAxis]
        try checkParameters(context, channels)
        let inner = shape.product(channelAxis + 1..<shape.rank)
        let output = try context.allocateOutput(0, Element.dataType, shape, reusing: isTraining ? 0..<0 : 0..<1)
        let source = UnsafePointer(context.input(0).pointer(Element.self))
        let means = try context.allocateOutput(1, .float, [channels])
        let variances = try context.allocateOutput(2, .float, [channels])
        let savedMeans = try context.allocateOutput(3, .float, [channels])
        let savedVariances = try context.allocateOutput(4, .float, [channels])
        if context.outputCount > 5 {
            try context.allocateOutput(5, .float, []).pointer(Float.self)[0] = 0
        }
        let (mean, variance) = (savedMeans.pointer(Float.self), savedVariances.pointer(Float.self))
        let runningMean = means.pointer(Float.self)
        let runningVariance = variances.pointer(Float.self)
        if shape.elementCount == 0 {
            mean.update(repeating: 0, count: channels)
            variance.update(repeating: 0, count: channels)
            runningMean.update(repeating: .nan, count: channels)
            runningVariance.update(repeating: .nan, count: channels)
            return
        }
        let count = shape.elementCount / channels
        if isTraining {
            measure(source, channels: channels, inner: inner, count: count, mean, variance)
        } else {
            mean.update(from: context.input(3).pointer(Float.self), count: channels)
            variance.update(from: context.input(4).pointer(Float.self), count: channels)
        }
        // From here on `runningVariance` holds the factors, until the outputs get their own values.
        let scale = context.input(1).pointer(Float.self)
        for channel in 0..<channels {
            runningVariance[channel] = scale[channel] / (variance[channel] + epsilon).squareRoot()
        }
        normalize(
            source, output.pointer(Element.self), channels: channels, inner: inner, mean: mean,
            factor: runningVariance, offset: context.input(2).pointer(Float.self), context)
        finishStatistics(context, channels, count, mean, variance, runningMean, runningVariance)
    }

    private func checkParameters(_ context: borrowing KernelContext, _ channels: Int) throws(Status) {
        for (index, name) in [(1, "scale"), (2, "offset"), (3, "mean"), (4, "variance")] {
            let shape = context.input(index).shape
            guard shape.rank == 1 else {
                throw .invalidArgument("\(name) must be 1-dimensional\(shape)")
            }
            guard index > 2 else {
                guard shape[0] == channels else {
                    throw .invalidArgument(
                        "\(name) must have the same number of elements as the channels of x, "
                            + "got \(shape[0]) and \(channels)")
                }
                continue
            }
            let isUsed = !isTraining || averageFactor != 1
            guard !isUsed || shape[0] == channels else {
                throw .invalidArgument(
                    "When \(isTraining ? "exponential_avg_factor != 1" : "is_training=false"), \(name) must have the same "
                        + "number of elements as the channels of x, got \(shape[0]) and \(channels)")
            }
        }
    }

    /// Mean and variance of each channel over the batch.
    private func measure(
        _ source: UnsafePointer<Element>, channels: Int, inner: Int, count: Int, _ mean: UnsafeMutablePointer<Float>,
        _ variance: UnsafeMutablePointer<Float>
    ) {
        let outer = count / inner
        for channel in 0..<channels {
            var sum = 0.0
            var squares = 0.0
            for plane in 0..<outer {
                let start = (plane &* channels &+ channel) &* inner
                for index in start..<start &+ inner { sum += Double(source[index].value) }
            }
            let average = sum / Double(count)
            for plane in 0..<outer {
                let start = (plane &* channels &+ channel) &* inner
                for index in start..<start &+ inner {
                    let difference = Double(source[index].value) - average
                    squares += difference * difference
                }
            }
            mean[channel] = Float(average)
            variance[channel] = Float(squares / Double(count))
        }
    }

    private func normalize(
        _ source: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>, channels: Int, inner: Int,
        mean: UnsafePointer<Float>, factor: UnsafePointer<Float>, offset: UnsafePointer<Float>,
        _ context: borrowing KernelContext
    ) {
        let planes = context.input(1).elementCount == 0 ? 0 : context.input(0).elementCount / (inner * channels)
        if inner == 1, Element.self == Float.self {
            let pixels = UnsafeRawPointer(source).assumingMemoryBound(to: Float.self)
            let results = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
            return context.parallelFor(planes, cost: Double(channels) * 0.1) { range in
                let start = range.lowerBound &* channels
                LayoutKernels.current.scaleShift(
                    ScaleShiftCall(
                        source: pixels + start, result: results + start, rows: range.count, channels: channels,
                        mean: mean, scale: factor, shift: offset))
            }
        }
        context.parallelFor(planes, cost: Double(inner) * Double(channels) * 0.5) { range in
            for plane in range {
                let start = plane &* channels &* inner
                guard inner > 1 else {
                    for channel in 0..<channels {
                        let x = (source[start &+ channel].value - mean[channel]) * factor[channel] + offset[channel]
                        target[start &+ channel] = Element(narrowing: x)
                    }
                    continue
                }
                for channel in 0..<channels {
                    let (shift, scale, add) = (mean[channel], factor[channel], offset[channel])
                    let first = start &+ channel &* inner
                    for index in first..<first &+ inner {
                        target[index] = Element(narrowing: (source[index].value - shift) * scale + add)
                    }
                }
            }
        }
    }

    /// Gives outputs 1 to 4 their values, of which only training code uses the last two.
    private func finishStatistics(
        _ context: borrowing KernelContext, _ channels: Int, _ count: Int, _ mean: UnsafeMutablePointer<Float>,
        _ variance: UnsafeMutablePointer<Float>, _ runningMean: UnsafeMutablePointer<Float>,
        _ runningVariance: UnsafeMutablePointer<Float>
    ) {
        guard isTraining else {
            runningMean.update(from: mean, count: channels)
            runningVariance.update(from: variance, count: channels)
            return
        }
        let correction = count > 1 ? Float(count) / Float(count - 1) : 1
        let oldMean = context.input(3).pointer(Float.self)
        let oldVariance = context.input(4).pointer(Float.self)
        for channel in 0..<channels {
            let (newMean, newVariance) = (mean[channel], variance[channel] * correction)
            let keeps = averageFactor != 1
            runningMean[channel] =
                keeps ? (1 - averageFactor) * oldMean[channel] + averageFactor * newMean : newMean
            runningVariance[channel] =
                keeps ? (1 - averageFactor) * oldVariance[channel] + averageFactor * newVariance : newVariance
        }
    }
}
