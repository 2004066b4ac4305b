import ServingCore
import Tensors

/// Pixels of one byte a channel, rows from top to bottom. A value: the bytes are never written once it was made.
public struct Picture: Sendable {
    public let size: PictureSize
    /// 1 for grey, 3 for red, green and blue.
    public let channels: Int
    private let storage: TensorBuffer

    /// - Parameter storage: `width * height * channels` bytes.
    init(size: PictureSize, channels: Int, storage: TensorBuffer) {
        precondition(size.pixelCount * channels <= storage.byteCount, "buffer too small for picture")
        self.size = size
        self.channels = channels
        self.storage = storage
    }

    /// Calls `body` with the pixels.
    public func withPixels<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        defer { withExtendedLifetime(storage) {} }
        let count = size.width * size.height * channels
        return body(
            UnsafeBufferPointer(start: UnsafePointer(storage.base.assumingMemoryBound(to: UInt8.self)), count: count))
    }

    /// Decodes a PNG or JPEG file and brings it to `size` (nil: as it is), with exactly the numbers of Pillow's
    /// `Image.open(…).convert('L' or 'RGB').resize(size, method)`.
    ///
    /// Transparency is dropped, and how a camera was held is not looked at, as `convert` does. The picture is made smaller
    /// while it is decoded, so that a large one does not take the memory of all its pixels, unless it is interlaced or
    /// progressive.
    /// - Parameter channels: 1 for grey, 3 for colours.
    ///
    /// Throws INVALID_ARGUMENT if the file is of another format, damaged or above a limit, RESOURCE_EXHAUSTED if there is no
    /// memory for it now, and what interrupts it.
    public init(
        decoding bytes: UnsafeRawBufferPointer, channels: Int, size: PictureSize? = nil,
        method: ResizeMethod = .bicubic, limits: PictureLimits = PictureLimits()
    ) throws(Status) {
        precondition(channels == 1 || channels == 3, "pictures have one or three channels")
        switch PictureFormat(bytes) {
        case .png:
            var reader = try PNGReader(bytes, limits)
            self = try Picture.read(&reader, channels, size, method, limits)
        case .jpeg:
            var reader = try JPEGReader(bytes, limits)
            self = try Picture.read(&reader, channels, size, method, limits)
        case .other(let what):
            throw .invalidArgument("expected a picture in PNG or JPEG, got \(what)")
        }
    }

    /// All rows of `reader`, converted and scaled.
    private static func read<Reader: RowReader>(
        _ reader: inout Reader, _ channels: Int, _ target: PictureSize?, _ method: ResizeMethod, _ limits: PictureLimits
    ) throws(Status) -> Picture {
        let source = reader.size
        let conversion = RowConversion(form: reader.form, channels: channels)
        var scaler = try PictureScaler(
            from: source, to: target ?? source, channels: channels, method: method, memory: limits.memory)
        let (stride, width) = (source.width * reader.form.bytesPerPixel, source.width * channels)
        let band = min(source.height, max(1, (64 << 10) / stride))
        let decoded = try PictureScratch(byteCount: band * stride, limits.memory)
        let converted = try PictureScratch(byteCount: conversion.isIdentity ? 0 : width, limits.memory)
        for first in Swift.stride(from: 0, to: source.height, by: band) {
            let count = min(band, source.height - first)
            let rows = decoded.pointer(UInt8.self)
            try reader.read(rows, count: count)
            for index in 0..<count {
                let row = UnsafePointer(rows + index * stride)
                if conversion.isIdentity {
                    scaler.take(row)
                } else {
                    conversion.convert(row, converted.pointer(UInt8.self), count: source.width)
                    scaler.take(converted.pointer(UInt8.self))
                }
            }
        }
        try limits.checkStillWanted()
        return scaler.finish()
    }
}
