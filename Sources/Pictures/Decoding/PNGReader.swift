import CImageCodecs
import ServingCore

/// Reads a PNG file row by row; one that is interlaced is decoded as a whole before its first row.
struct PNGReader: RowReader {
    let size: PictureSize
    let form: RowForm
    private let file: File
    private let passes: Int
    private let limits: PictureLimits
    private var whole: PictureScratch?
    private var nextRow = 0

    /// Owns libpng's state.
    private final class File {
        let handle: OpaquePointer

        init(_ handle: OpaquePointer) { self.handle = handle }

        deinit { cimage_png_close(handle) }
    }

    /// Reads the header. `bytes` must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer, _ limits: PictureLimits) throws(Status) {
        let kind = PNGReader.kind(bytes)
        form = kind
        self.limits = limits
        var facts = cimage_png_facts()
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let handle = cimage_png_open(
            start, bytes.count, kind == .colors ? 3 : 1, kind == .wideGrey ? 16 : 8, &facts)
        guard let handle else { throw PNGReader.damaged() }
        file = File(handle)
        size = PictureSize(width: Int(facts.width), height: Int(facts.height))
        passes = Int(facts.passes)
        try limits.check(size)
    }

    /// The form of the file's rows without transparency, by the bit depth and the colour type of its header.
    private static func kind(_ bytes: UnsafeRawBufferPointer) -> RowForm {
        guard bytes.count > 25, bytes[25] == 0 || bytes[25] == 4 else { return .colors }
        return bytes[25] == 0 && bytes[24] == 16 ? .wideGrey : .grey
    }

    static func damaged() -> Status {
        let complaint = String(cString: cimage_complaint())
        return .invalidArgument("the PNG picture is damaged" + (complaint.isEmpty ? "" : ": \(complaint)"))
    }

    private var stride: Int { size.width * form.bytesPerPixel }

    mutating func read(_ rows: UnsafeMutablePointer<UInt8>, count: Int) throws(Status) {
        guard passes > 1 else { return try readPass(rows, count) }
        if nextRow == 0 { try readWhole() }
        guard let source = whole?.pointer(UInt8.self) else { return }
        rows.update(from: source + nextRow * stride, count: count * stride)
        nextRow += count
    }

    private mutating func readWhole() throws(Status) {
        let scratch = try PictureScratch(byteCount: stride * size.height, limits.memory)
        // Rows of a pass are laid over those of the passes before it.
        scratch.base.initializeMemory(as: UInt8.self, repeating: 0, count: scratch.byteCount)
        for _ in 0..<passes { try readPass(scratch.pointer(UInt8.self), size.height) }
        whole = scratch
    }

    private func readPass(_ rows: UnsafeMutablePointer<UInt8>, _ count: Int) throws(Status) {
        let band = max(1, (1 << 20) / stride)
        for first in Swift.stride(from: 0, to: count, by: band) {
            try limits.checkStillWanted()
            let height = min(band, count - first)
            guard cimage_png_read(file.handle, rows + first * stride, stride, UInt32(height)) != 0 else {
                throw PNGReader.damaged()
            }
        }
    }
}
