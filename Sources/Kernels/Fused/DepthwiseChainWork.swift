/// What there is to compute in a chain of convolutions.
struct DepthwiseChainWork {
    /// Products of the convolutions of single pixels, and of the depthwise one.
    private let pointwise: Double
    private let depthwise: Double

    init(_ geometry: DepthwiseGeometry, expansion: PointwiseStage?, projection: PointwiseStage?) {
        let (height, width, channels) = (geometry.height, geometry.width, Double(geometry.channels))
        let read = Double(geometry.batch) * Double(height.input) * Double(width.input)
        let written = Double(geometry.batch) * Double(height.output) * Double(width.output)
        pointwise =
            read * channels * Double(expansion?.inputChannels ?? 0)
            + written * channels * Double(projection?.outputChannels ?? 0)
        depthwise = written * channels * Double(height.window) * Double(width.window)
    }

    /// As the definitions of the convolutions have them; a product and its addition are two.
    var operations: Double { 2 * (pointwise + depthwise) }

    /// A rough guess of the time on one thread.
    var nanoseconds: Double { pointwise * 0.01 + depthwise * 0.03 + 500 }
}
