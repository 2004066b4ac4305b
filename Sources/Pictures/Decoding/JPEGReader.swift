import CImageCodecs
import ServingCore

/// Reads a JPEG file row by row. Libjpeg holds all of a progressive one.
struct JPEGReader: RowReader {
    let size: PictureSize
    let form: RowForm
    private let file: File
    private let limits: PictureLimits
    private let watch: Watch
    /// Stands for what libjpeg allocates.
    private let held: PictureScratch

    /// What libjpeg asks whether the picture is still wanted.
    private final class Watch {
        let interruption: @Sendable () -> Status?

        init(_ interruption: @escaping @Sendable () -> Status?) { self.interruption = interruption }

        static let ask: cimage_wanted = { context in
            guard let context else { return 1 }
            return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().interruption() == nil ? 1 : 0
        }
    }

    /// Owns libjpeg's state.
    private final class File {
        let handle: OpaquePointer

        init(_ handle: OpaquePointer) { self.handle = handle }

        deinit { cimage_jpeg_close(handle) }
    }

    /// Reads the header. `bytes` must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer, _ limits: PictureLimits) throws(Status) {
        var facts = cimage_jpeg_facts()
        var options = cimage_jpeg_options(
            channels: 0, ratio: 1, upscales_smoothly: 1, is_accurate: 1, recovers: 0, keeps_inks: 1)
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let handle = cimage_jpeg_open(start, bytes.count, &options, &facts) else { throw JPEGReader.damaged() }
        file = File(handle)
        size = PictureSize(width: Int(facts.width), height: Int(facts.height))
        try limits.check(size)
        form = try JPEGReader.form(channels: Int(facts.channels))
        held = try PictureScratch(byteCount: 0, foreign: Int(clamping: facts.memory), limits.memory)
        self.limits = limits
        watch = Watch(limits.interruption)
        guard cimage_jpeg_start(handle, Watch.ask, Unmanaged.passUnretained(watch).toOpaque()) != 0 else {
            try limits.checkStillWanted()
            throw JPEGReader.damaged()
        }
    }

    private static func form(channels: Int) throws(Status) -> RowForm {
        switch channels {
        case 1: return .grey
        case 3: return .colors
        case 4: return .inks
        default:
            throw .invalidArgument("the JPEG picture has \(channels) channels; 1, 3 and 4 can be read")
        }
    }

    static func damaged() -> Status {
        let complaint = String(cString: cimage_complaint())
        return .invalidArgument("the JPEG picture is damaged" + (complaint.isEmpty ? "" : ": \(complaint)"))
    }

    mutating func read(_ rows: UnsafeMutablePointer<UInt8>, count: Int) throws(Status) {
        let stride = size.width * form.bytesPerPixel
        let read = cimage_jpeg_read(file.handle, rows, stride, Int32(clamping: count))
        try limits.checkStillWanted()
        guard read >= 0 else { throw JPEGReader.damaged() }
        guard Int(read) == count else { throw .invalidArgument("the JPEG picture is damaged: it ends too early") }
    }
}
