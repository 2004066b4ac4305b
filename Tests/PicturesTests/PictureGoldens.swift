import Pictures
import TestSupport

/// What `Scripts/record-picture-goldens.py` recorded.
enum PictureGoldens {
    private static let folder = "Tests/Fixtures/Pictures"

    static func file(_ name: String) -> [UInt8] { Repository.bytes("\(folder)/files/\(name)") }

    /// What Pillow makes of a file.
    struct Conversion {
        let file: String
        let channels: Int
        let size: PictureSize
        let bytes: [UInt8]
    }

    static let conversions: [Conversion] = Repository.rows("\(folder)/conversions.txt").map { row in
        Conversion(
            file: row[0], channels: row[1] == "L" ? 1 : 3, size: PictureSize(width: Int(row[2])!, height: Int(row[3])!),
            bytes: Repository.bytes(hexadecimal: row[4]))
    }

    /// What Pillow makes of a file in another size.
    struct Scaling {
        let file: String
        let channels: Int
        let method: ResizeMethod
        let size: PictureSize
        let bytes: [UInt8]
    }

    static let scalings: [Scaling] = Repository.rows("\(folder)/sizes.txt").map { row in
        Scaling(
            file: row[0], channels: row[1] == "L" ? 1 : 3, method: ResizeMethod(rawValue: row[2])!,
            size: PictureSize(width: Int(row[3])!, height: Int(row[4])!), bytes: Repository.bytes(hexadecimal: row[5]))
    }

    /// What Keras makes of the values from 0 to 255, by mode: for each channel of the result.
    static let preprocessed: [String: [[Float]]] = {
        var result: [String: [[Float]]] = [:]
        for row in Repository.rows("\(folder)/keras.txt") {
            let bytes = Repository.bytes(hexadecimal: row[2])
            let values = stride(from: 0, to: bytes.count, by: 4).map { start in
                Float(bitPattern: bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
            }
            result[row[0], default: []].append(values)
        }
        return result
    }()
}

extension Picture {
    /// The file in an array; see the initialiser with the bytes in place.
    init(
        _ file: [UInt8], channels: Int, size: PictureSize? = nil, method: ResizeMethod = .bicubic,
        limits: PictureLimits = PictureLimits()
    ) throws {
        self = try file.withUnsafeBytes { (bytes) in
            try Picture(decoding: bytes, channels: channels, size: size, method: method, limits: limits)
        }
    }

    var pixels: [UInt8] { withPixels { Array($0) } }
}
