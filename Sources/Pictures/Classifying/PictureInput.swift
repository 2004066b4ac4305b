import Graphs
import ServingCore
import Tensors

/// The input of a signature that takes a picture, and how pictures become its values.
struct PictureInput: Sendable {
    let alias: String
    let dataType: DataType
    let size: PictureSize
    let channels: Int
    /// Of one picture.
    let shape: TensorShape
    private let isPlanar: Bool
    private let settings: PictureSettings
    /// Nil for models that decode pictures themselves.
    private let values: PixelValues?

    /// What `port` takes, as `settings` say. FAILED_PRECONDITION if they contradict each other or leave something open.
    init(_ alias: String, _ port: Signature.Port, _ settings: PictureSettings) throws(Status) {
        self.alias = alias
        self.settings = settings
        dataType = port.dataType
        if port.dataType == .string {
            (size, channels, isPlanar, values) = (PictureSize(width: 0, height: 0), 0, false, nil)
            shape = try PictureInput.stringShape(alias, port.shape)
            return
        }
        let form = try PictureForm(alias, port.shape, settings)
        (size, channels, shape, isPlanar) = (form.size, form.channels, form.shape, form.isPlanar)
        try PictureInput.check(settings, channels: form.channels, alias)
        let values = PixelValues(settings, channels: form.channels)
        try PictureInput.check(values, fit: port.dataType, alias)
        self.values = values
    }

    private static func stringShape(_ alias: String, _ shape: PartialShape) throws(Status) -> TensorShape {
        switch shape.dimensions {
        case .none: return [1]
        case .some(let sizes) where sizes.isEmpty: return []
        case .some(let sizes) where sizes.count == 1 && (sizes[0] < 0 || sizes[0] == 1): return [1]
        default:
            throw PictureSettings.fault(
                "the string input '\(alias)' has shape \(shape), which one picture does not fit")
        }
    }

    private static func check(_ settings: PictureSettings, channels: Int, _ alias: String) throws(Status) {
        let needsColors = settings.preprocessing == .caffe || settings.preprocessing == .torch
        guard channels == 3 || !needsColors else {
            throw PictureSettings.fault(
                "preprocessing \(settings.preprocessing.rawValue.uppercased()) is for three colours, but the input "
                    + "'\(alias)' has one")
        }
        for (name, numbers) in [("scale", settings.scale), ("offset", settings.offset)]
        where numbers.count > 1 && numbers.count != channels {
            throw PictureSettings.fault("\(name) has \(numbers.count) numbers; 1 or \(channels) were expected")
        }
    }

    /// The range of values must be one that the type can hold.
    private static func check(_ values: PixelValues, fit type: DataType, _ alias: String) throws(Status) {
        let range: (Float, Float)
        switch type {
        case .float, .double, .half, .bfloat16, .int32, .int64, .uint32, .uint64: return
        case .uint8: range = (0, 255)
        case .int8: range = (-128, 127)
        case .int16: range = (-32768, 32767)
        case .uint16: range = (0, 65535)
        default: throw PictureSettings.fault("the input '\(alias)' is of type \(type.name), which no picture becomes")
        }
        guard values.smallest.rounded() >= range.0, values.largest.rounded() <= range.1 else {
            throw PictureSettings.fault(
                "pixels become values from \(values.smallest) to \(values.largest), but the input '\(alias)' is of type "
                    + "\(type.name); scale and offset can change that")
        }
    }

    /// The input for the picture in a file; `limits` without those that the settings give.
    func tensor(_ file: UnsafeRawBufferPointer, _ limits: PictureLimits) throws(Status) -> Tensor {
        guard let values else { return Tensor(strings: [Array(file)], shape: shape) }
        var limits = limits
        limits.maximumPixels = settings.maximumPixels
        let picture = try Picture(
            decoding: file, channels: channels, size: size, method: settings.method, limits: limits)
        guard let tensor = Tensor(allocating: dataType, shape: shape) else {
            throw .resourceExhausted("no memory is left for a picture of \(size) pixels")
        }
        fill(tensor, picture, values)
        return tensor
    }

    private func fill(_ tensor: Tensor, _ picture: Picture, _ values: PixelValues) {
        switch dataType {
        case .float: write(tensor, picture, values) { $0 }
        case .double: write(tensor, picture, values) { Double($0) }
        case .half: write(tensor, picture, values) { Half($0) }
        case .bfloat16: write(tensor, picture, values) { BFloat16($0) }
        case .uint8: write(tensor, picture, values) { UInt8(clamping: rounded($0)) }
        case .int8: write(tensor, picture, values) { Int8(clamping: rounded($0)) }
        case .int16: write(tensor, picture, values) { Int16(clamping: rounded($0)) }
        case .uint16: write(tensor, picture, values) { UInt16(clamping: rounded($0)) }
        case .int32: write(tensor, picture, values) { Int32(clamping: rounded($0)) }
        case .uint32: write(tensor, picture, values) { UInt32(clamping: rounded($0)) }
        case .int64: write(tensor, picture, values) { rounded($0) }
        case .uint64: write(tensor, picture, values) { UInt64(clamping: rounded($0)) }
        default: preconditionFailure("pictures do not become \(dataType.name)")
        }
    }

    private func rounded(_ value: Float) -> Int64 {
        Int64(max(-0x1p62, min(0x1p62, value.rounded())))
    }

    private func write<Scalar: BitwiseCopyable>(
        _ tensor: Tensor, _ picture: Picture, _ values: PixelValues, _ convert: (Float) -> Scalar
    ) {
        let target = tensor.pointer(Scalar.self)
        let count = size.width * size.height
        let (step, distance) = isPlanar ? (1, count) : (channels, 1)
        picture.withPixels { pixels in
            for (channel, source) in values.order.enumerated() {
                let table = values.tables[channel].map(convert)
                table.withUnsafeBufferPointer { table in
                    let start = target + channel * distance
                    for index in 0..<count { start[index * step] = table[Int(pixels[index * channels + source])] }
                }
            }
        }
    }
}
