import ServingCore

/// A picture that is being decoded: what its rows look like, and the rows from top to bottom.
protocol RowReader {
    var size: PictureSize { get }
    var form: RowForm { get }

    /// Writes the next `count` rows to `rows`, where they follow each other without gaps.
    ///
    /// Throws INVALID_ARGUMENT with what is wrong with the file.
    mutating func read(_ rows: UnsafeMutablePointer<UInt8>, count: Int) throws(Status)
}

/// How decoded pixels are stored.
enum RowForm: Sendable {
    /// One byte.
    case grey
    /// Two bytes in the processor's order.
    case wideGrey
    /// Three bytes.
    case colors
    /// Four bytes, 255 for no ink.
    case inks

    var bytesPerPixel: Int {
        switch self {
        case .grey: 1
        case .wideGrey: 2
        case .colors: 3
        case .inks: 4
        }
    }
}

/// Turns rows as they are decoded into rows of one or three bytes a pixel, with the numbers of Pillow's `convert`.
struct RowConversion {
    let form: RowForm
    /// 1 for grey, 3 for red, green and blue.
    let channels: Int

    /// Whether rows stay as they are.
    var isIdentity: Bool { form.bytesPerPixel == channels && form != .wideGrey }

    /// Converts `count` pixels.
    func convert(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, count: Int) {
        switch (form, channels) {
        case (.grey, 1), (.colors, 3): target.update(from: source, count: count * channels)
        case (.grey, _): for index in 0..<count { store(source[index], target, index) }
        case (.wideGrey, _): convertWide(source, target, count)
        case (.colors, _):
            for index in 0..<count {
                let pixel = source + index * 3
                target[index] = RowConversion.luminance(pixel[0], pixel[1], pixel[2])
            }
        case (.inks, _): convertInks(source, target, count)
        }
    }

    private func store(_ value: UInt8, _ target: UnsafeMutablePointer<UInt8>, _ index: Int) {
        for channel in 0..<channels { target[index * channels + channel] = value }
    }

    /// Values above 255 become 255: Pillow cuts them off instead of scaling them.
    private func convertWide(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
        for index in 0..<count {
            let value = UnsafeRawPointer(source).loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
            store(UInt8(clamping: value), target, index)
        }
    }

    private func convertInks(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
        for index in 0..<count {
            let pixel = source + index * 4
            let black = Int32(pixel[3])
            func color(_ channel: Int) -> UInt8 {
                let product = (255 - Int32(pixel[channel])) * black + 128
                return UInt8(clamping: black - ((product >> 8) + product) >> 8)
            }
            let (red, green, blue) = (color(0), color(1), color(2))
            if channels == 1 {
                target[index] = RowConversion.luminance(red, green, blue)
            } else {
                target[index * 3] = red
                target[index * 3 + 1] = green
                target[index * 3 + 2] = blue
            }
        }
    }

    /// ITU-R 601's luminance in fixed point.
    private static func luminance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
        let sum = UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471 + 0x8000
        return UInt8(truncatingIfNeeded: sum >> 16)
    }
}
