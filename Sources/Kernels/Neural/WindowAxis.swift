import Graphs
import ServingCore
import Tensors

/// How a window moves along one dimension: where it starts, how far it steps, how many places it has.
struct WindowAxis: Sendable {
    var input: Int
    var window: Int
    var stride: Int
    var dilation: Int
    /// Padding before the first element; the window's place 0 begins there.
    var before: Int
    var output: Int

    /// A dimension that the window does not move along.
    static let trivial = WindowAxis(input: 1, window: 1, stride: 1, dilation: 1, before: 0, output: 1)

    /// True if the only window covers the input exactly or each element is a window of its own: then patches are the
    /// input itself.
    var isWhole: Bool { before == 0 && output == 1 && window == input && dilation == 1 }
    var isPointwise: Bool { window == 1 && stride == 1 && before == 0 && output == input }

    /// The window's elements that lie inside the input at place `place`, for a dilation of 1.
    @inline(__always)
    func inside(_ place: Int) -> Range<Int> {
        let start = place &* stride &- before
        let lower = Swift.max(0, Swift.min(window, 0 &- start))
        return lower..<Swift.max(lower, Swift.min(window, input &- start))
    }

    /// The taps of the window that lie inside the input at place `place`, and the element under the first of them.
    func taps(at place: Int) -> (taps: Range<Int>, first: Int) {
        let start = place &* stride &- before
        let lower = start < 0 ? Swift.min(window, (dilation &- 1 &- start) / dilation) : 0
        let upper = start < input ? Swift.min(window, (input &- start &+ dilation &- 1) / dilation) : 0
        return (lower..<Swift.max(lower, upper), start &+ lower &* dilation)
    }

    /// The elements of the input from the first to the last under the windows at `places`, of which there is at least one.
    func covered(by places: Range<Int>) -> Range<Int> {
        let start = places.lowerBound &* stride &- before
        let end = (places.upperBound &- 1) &* stride &- before &+ (window &- 1) &* dilation &+ 1
        let lower = Swift.min(Swift.max(start, 0), input)
        return lower..<Swift.max(lower, Swift.min(end, input))
    }
}

/// What surrounds the input of a convolution or pooling.
enum WindowPadding: Sendable {
    case same
    case valid
    /// Elements before and after each spatial dimension.
    case explicit([(Int, Int)])
}

/// Strides, dilations, padding and layout of a convolution or pooling over two or three spatial dimensions.
struct WindowAttributes: Sendable {
    var strides: [Int]
    var dilations: [Int]
    var padding: WindowPadding
    /// True for `NCHW` and `NCDHW`.
    var isChannelsFirst: Bool
    let spatialRank: Int

    /// Reads `strides`, `dilations`, `padding`, `explicit_paddings` and `data_format`.
    init(_ construction: KernelConstruction, spatialRank: Int, strides givenStrides: [Int]? = nil) throws(Status) {
        try self.init(construction.attributes, spatialRank: spatialRank, strides: givenStrides)
    }

    init(_ attributes: Attributes, spatialRank: Int, strides givenStrides: [Int]? = nil) throws(Status) {
        self.spatialRank = spatialRank
        let straight = spatialRank == 2 ? "NHWC" : "NDHWC"
        let first = spatialRank == 2 ? "NCHW" : "NCDHW"
        let format = try attributes.string("data_format", default: straight)
        guard format == straight || format == first else { throw .invalidArgument("Invalid data format: \(format)") }
        isChannelsFirst = format == first
        let spatial = WindowAttributes.spatialPositions(isChannelsFirst: isChannelsFirst, spatialRank: spatialRank)
        let all: [Int]
        if let givenStrides { all = givenStrides } else { all = try attributes.ints("strides") }
        strides = try WindowAttributes.spatialValues(all, "strides", "Sliding window strides", spatial)
        let ones = [Int](repeating: 1, count: spatialRank + 2)
        let spread = try attributes.ints("dilations", default: ones)
        dilations = try WindowAttributes.spatialValues(
            spread.isEmpty ? ones : spread, "dilations", "Sliding window dilations", spatial)
        padding = try WindowAttributes.readPadding(attributes, spatial)
    }

    static func spatialPositions(isChannelsFirst: Bool, spatialRank: Int) -> Range<Int> {
        isChannelsFirst ? 2..<spatialRank + 2 : 1..<spatialRank + 1
    }

    private static func spatialValues(
        _ values: [Int], _ name: String, _ subject: String, _ spatial: Range<Int>
    ) throws(Status) -> [Int] {
        guard values.count == spatial.count + 2 else {
            throw .invalidArgument("\(subject) field must specify \(spatial.count + 2) dimensions")
        }
        for (index, value) in values.enumerated() {
            guard spatial.contains(index) || value == 1 else {
                throw .unimplemented(
                    "Current implementation does not yet support \(name) in the batch and depth dimensions.")
            }
            guard value > 0, value <= Int(Int32.max) else {
                throw .invalidArgument("\(subject) must be positive 32-bit numbers, got \(value)")
            }
        }
        return Array(values[spatial])
    }

    private static func readPadding(_ attributes: Attributes, _ spatial: Range<Int>) throws(Status) -> WindowPadding {
        switch try attributes.string("padding") {
        case "SAME": return .same
        case "VALID": return .valid
        case "EXPLICIT":
            let values = try attributes.ints("explicit_paddings", default: [])
            guard values.count == 2 * (spatial.count + 2) else {
                throw .invalidArgument(
                    "explicit_paddings attribute must contain \(2 * (spatial.count + 2)) values, but got: \(values.count)"
                )
            }
            guard values.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }) else {
                throw .invalidArgument("All elements of explicit_paddings must be nonnegative 32-bit numbers")
            }
            let outside = (0..<spatial.count + 2).filter { !spatial.contains($0) }
            guard outside.allSatisfy({ values[2 * $0] == 0 && values[2 * $0 + 1] == 0 }) else {
                throw .invalidArgument(
                    "Nonzero explicit padding in the batch or depth dimensions is not supported")
            }
            return .explicit(spatial.map { (values[2 * $0], values[2 * $0 + 1]) })
        case let other: throw .invalidArgument("Unknown padding type: \(other)")
        }
    }

    /// What is known before a run of the sizes of a result with `channels` channels; -1 where that is nothing.
    /// - Parameter windows: by spatial dimension.
    func inferredSizes(_ input: PartialShape, windows: [Int?], channels: Int?) -> [Int] {
        var sizes = [Int](repeating: -1, count: spatialRank + 2)
        guard input.dimensions.map({ $0.count == sizes.count }) ?? true else { return sizes }
        sizes[0] = input.size(0) ?? -1
        sizes[isChannelsFirst ? 1 : spatialRank + 1] = channels ?? -1
        for index in 0..<spatialRank {
            let dimension = index + (isChannelsFirst ? 2 : 1)
            guard let size = input.size(dimension), let window = windows[index], window > 0 else { continue }
            if let axis = try? axis(index, input: size, window: window) { sizes[dimension] = axis.output }
        }
        return sizes
    }

    /// The axis of spatial dimension `index` for an input of `input` and a window of `window` elements. Throws
    /// INVALID_ARGUMENT with TensorFlow's text if the window does not fit.
    func axis(_ index: Int, input: Int, window: Int) throws(Status) -> WindowAxis {
        let stride = strides[index]
        let dilation = dilations[index]
        let (spread, overflow) = (window - 1).multipliedReportingOverflow(by: dilation)
        guard !overflow, spread < 1 << 40, input < 1 << 60 else {
            throw .invalidArgument("a window of \(window) elements with dilation \(dilation) is too large")
        }
        let effective = spread + 1
        var axis = WindowAxis(input: input, window: window, stride: stride, dilation: dilation, before: 0, output: 0)
        switch padding {
        case .valid: axis.output = (input - effective + stride) / stride
        case .same:
            axis.output = (input + stride - 1) / stride
            axis.before = max(0, (axis.output - 1) * stride + effective - input) / 2
        case .explicit(let pairs):
            axis.before = pairs[index].0
            axis.output = (input + pairs[index].0 + pairs[index].1 - effective + stride) / stride
        }
        guard axis.output >= 0 else {
            throw .invalidArgument(
                "Computed output size would be negative: \(axis.output) [input_size: \(input), "
                    + "effective_filter_size: \(effective), stride: \(stride)]")
        }
        return axis
    }
}
