import CImageCodecs
import Execution
import Graphs
import ServingCore
import Tensors

/// The attributes that only JPEG files heed.
struct JPEGOptions: Sendable {
    var ratio = 1
    var upscalesSmoothly = true
    var isAccurate = false
    var recovers = false
    /// The part of the rows that must be readable.
    var acceptableFraction: Float = 1

    init() {}

    init(_ attributes: Attributes) throws(Status) {
        ratio = try attributes.int("ratio", default: 1)
        guard [1, 2, 4, 8].contains(ratio) else {
            throw .invalidArgument("ratio must be 1, 2, 4, or 8, got \(ratio)")
        }
        upscalesSmoothly = try attributes.bool("fancy_upscaling", default: true)
        recovers = try attributes.bool("try_recover_truncated", default: false)
        acceptableFraction = try attributes.float("acceptable_fraction", default: 1)
        switch try attributes.string("dct_method", default: "") {
        case "", "INTEGER_FAST": isAccurate = false
        case "INTEGER_ACCURATE": isAccurate = true
        default:
            throw .invalidArgument("dct_method must be one of {'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}")
        }
    }
}

/// Says to libjpeg whether the run is still wanted.
private final class RunWatch {
    let execution: ExecutionContext

    init(_ execution: ExecutionContext) { self.execution = execution }

    static let ask: cimage_wanted = { context in
        guard let context else { return 1 }
        let watch = Unmanaged<RunWatch>.fromOpaque(context).takeUnretainedValue()
        do throws(Status) {
            try watch.execution.checkStillWanted()
            return 1
        } catch {
            return 0
        }
    }
}

/// Owns libjpeg's state for one file.
private struct JPEGReader: ~Copyable {
    private let handle: OpaquePointer
    private let watch: RunWatch
    let facts: cimage_jpeg_facts

    /// Reads the header; nil if it is not valid. `bytes` must outlive the reader.
    init?(
        _ bytes: UnsafeRawBufferPointer, channels: Int, _ options: JPEGOptions, _ context: borrowing KernelContext
    ) {
        var facts = cimage_jpeg_facts()
        var choice = cimage_jpeg_options(
            channels: Int32(channels), ratio: Int32(options.ratio), upscales_smoothly: options.upscalesSmoothly ? 1 : 0,
            is_accurate: options.isAccurate ? 1 : 0, recovers: options.recovers ? 1 : 0, keeps_inks: 0)
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let handle = cimage_jpeg_open(start, bytes.count, &choice, &facts) else { return nil }
        self.handle = handle
        self.facts = facts
        watch = RunWatch(context.execution)
    }

    deinit { cimage_jpeg_close(handle) }

    /// Charges what libjpeg will allocate to the run and reads up to the first row; false if the data are not valid.
    func start(_ context: borrowing KernelContext) throws(Status) -> Bool {
        _ = try context.allocateTemporary(.uint8, .checked([facts.memory]))
        let isReady = cimage_jpeg_start(handle, RunWatch.ask, Unmanaged.passUnretained(watch).toOpaque()) != 0
        try context.execution.checkStillWanted()
        return isReady
    }

    func crop(_ window: CropWindow) -> Bool {
        cimage_jpeg_crop(
            handle, UInt32(window.x), UInt32(window.y), UInt32(window.width), UInt32(window.height)) != 0
    }

    /// Reads `height` rows and returns how many there were; nil if the data are not valid.
    func read(
        _ target: UnsafeMutablePointer<UInt8>, stride: Int, height: Int, _ context: borrowing KernelContext
    ) throws(Status) -> Int? {
        let band = max(1, (1 << 20) / stride)
        for first in Swift.stride(from: 0, to: height, by: band) {
            try context.execution.checkStillWanted()
            let count = min(band, height - first)
            let read = Int(cimage_jpeg_read(handle, target + first * stride, stride, Int32(count)))
            if read < 0 { return nil }
            if read < count { return first + read }
        }
        return cimage_jpeg_finish(handle) != 0 ? height : nil
    }
}

/// The part of an image that `DecodeAndCropJpeg` reads.
private struct CropWindow {
    let y: Int
    let x: Int
    let height: Int
    let width: Int

    init(_ context: borrowing KernelContext) throws(Status) {
        let tensor = context.input(1)
        guard tensor.shape.rank == 1 else {
            throw .invalidArgument("crop_window must be 1-D, got shape \(tensor.shape)")
        }
        guard tensor.elementCount == 4 else {
            throw .invalidArgument("crop_size must have four elements \(tensor.shape)")
        }
        let values = tensor.elements(Int32.self).map { Int($0) }
        (y, x, height, width) = (values[0], values[1], values[2], values[3])
    }

    func fits(_ facts: cimage_jpeg_facts) -> Bool {
        width > 0 && height > 0 && x >= 0 && y >= 0 && y + height <= Int(facts.height)
            && x + width <= Int(facts.width)
    }
}

private let unreadable = Status.invalidArgument("jpeg::Uncompress failed. Invalid JPEG data or crop window.")

/// Decodes a JPEG file into output 0.
func decodeJPEG(
    _ context: borrowing KernelContext, _ bytes: UnsafeRawBufferPointer, _ options: DecodingOptions
) throws(Status) {
    guard options.channels != 4 else { throw .invalidArgument("JPEG does not support 4 channels") }
    let window = options.op == .decodeAndCropJpeg ? try CropWindow(context) : nil
    try options.requireFormat("JPEG", cropping: true)
    guard let reader = JPEGReader(bytes, channels: options.channels, options.jpeg, context) else { throw unreadable }
    let facts = reader.facts
    let (whole, _) = (Int(facts.width) * Int(facts.height)).multipliedReportingOverflow(by: Int(facts.stored_channels))
    guard facts.width > 0, facts.height > 0, whole < 1 << 29 else { throw unreadable }
    if let window, !window.fits(facts) { throw unreadable }
    let (width, height) = (window?.width ?? Int(facts.width), window?.height ?? Int(facts.height))
    let channels = Int(facts.channels)
    guard try reader.start(context) else { throw unreadable }
    if let window, !reader.crop(window) { throw unreadable }
    let sizes = (options.op == .decodeGif ? [1] : []) + [height, width, channels]
    let pixels = try DecodedPixels(context, options.dataType, sizes)
    let stride = width * channels
    guard let rows = try reader.read(pixels.bytes, stride: stride, height: height, context) else { throw unreadable }
    if rows < height {
        try fillMissingRows(pixels.bytes, stride: stride, rows..<height, options.jpeg)
    }
    pixels.finish()
}

/// Rows that the file does not have repeat the last one if it is to be recovered, and are black otherwise.
private func fillMissingRows(
    _ pixels: UnsafeMutablePointer<UInt8>, stride: Int, _ rows: Range<Int>, _ options: JPEGOptions
) throws(Status) {
    guard options.recovers || Float(rows.lowerBound) / Float(rows.upperBound) >= min(1, options.acceptableFraction)
    else { throw unreadable }
    for row in rows {
        let line = pixels + row * stride
        if options.recovers, row > 0 {
            line.update(from: line - stride, count: stride)
        } else {
            line.update(repeating: 0, count: stride)
        }
    }
}

/// `ExtractJpegShape`: height, width and channels of a JPEG file.
final class ExtractJpegShapeKernel: Kernel {
    private let dataType: DataType

    init(_ dataType: DataType) { self.dataType = dataType }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let contents = context.input(0)
        guard contents.shape.rank == 0 else {
            throw .invalidArgument("contents must be scalar, got shape \(contents.shape)")
        }
        let bytes = contents.elements(ElementReference.self)[0].bytes
        guard bytes.count <= Int(Int32.max) else {
            throw .invalidArgument("JPEG contents are too large for int: \(bytes.count)")
        }
        let invalid = Status.invalidArgument("Invalid JPEG data, size \(bytes.count)")
        guard let reader = JPEGReader(bytes, channels: -1, JPEGOptions(), context) else { throw invalid }
        guard try reader.start(context) else { throw invalid }
        let facts = reader.facts
        let sizes = [Int(facts.height), Int(facts.width), Int(facts.channels)]
        let output = try context.allocateOutput(0, dataType, [3])
        for (index, size) in sizes.enumerated() {
            switch dataType {
            case .int64: output.pointer(Int64.self)[index] = Int64(size)
            default: output.pointer(Int32.self)[index] = Int32(size)
            }
        }
    }
}
