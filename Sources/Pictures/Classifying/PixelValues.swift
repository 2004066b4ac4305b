/// What becomes of each of the 256 values of a pixel, in single precision as `keras.applications` computes it.
struct PixelValues {
    /// 256 numbers for each channel of the input, in its order.
    let tables: [[Float]]
    /// The channel of the picture (0 red, 1 green, 2 blue; 0 grey) that each channel of the input shows.
    let order: [Int]

    /// For an input of `channels` channels. `settings` fit that number.
    init(_ settings: PictureSettings, channels: Int) {
        let isReversed = channels == 3 && (settings.color == .bgr || settings.preprocessing == .caffe)
        order = isReversed ? [2, 1, 0] : Array(0..<channels)
        tables = (0..<channels).map { channel in
            let change = PixelValues.change(settings, channel)
            return (0..<256).map { change(Float($0)) }
        }
    }

    private static let caffeMeans: [Float] = [103.939, 116.779, 123.68]
    private static let torchMeans: [Float] = [0.485, 0.456, 0.406]
    private static let torchDeviations: [Float] = [0.229, 0.224, 0.225]

    private static func change(_ settings: PictureSettings, _ channel: Int) -> (Float) -> Float {
        switch settings.preprocessing {
        case .plain:
            let scale = number(settings.scale, channel) ?? 1
            let offset = number(settings.offset, channel) ?? 0
            return { $0 * scale + offset }
        case .caffe: return { $0 - caffeMeans[channel] }
        case .tf: return { $0 / 127.5 - 1 }
        case .torch: return { ($0 / 255 - torchMeans[channel]) / torchDeviations[channel] }
        }
    }

    private static func number(_ numbers: [Float], _ channel: Int) -> Float? {
        numbers.count > 1 ? numbers[channel] : numbers.first
    }

    var smallest: Float { tables.joined().min() ?? 0 }
    var largest: Float { tables.joined().max() ?? 0 }
}
