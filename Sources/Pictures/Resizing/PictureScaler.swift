import ServingCore
import Tensors

/// Brings a picture to another size while its rows arrive, which it does not keep.
struct PictureScaler {
    private let source: PictureSize
    private let target: PictureSize
    private let channels: Int
    private let storage: TensorBuffer
    private var picker: RowPicker?
    private let across: RowWeigher?
    private var down: ColumnWeigher?
    /// Whether columns are weighed before rows.
    private let isDownFirst: Bool
    /// A row of the target's width before its columns are weighed.
    private let row: PictureScratch
    private var takenRows = 0
    private var nextResult = 0

    /// For a picture of `channels` bytes a pixel. RESOURCE_EXHAUSTED if there is no memory.
    init(
        from source: PictureSize, to target: PictureSize, channels: Int, method: ResizeMethod, memory: PictureMemory?
    ) throws(Status) {
        self.source = source
        self.target = target
        self.channels = channels
        let (lost, narrowed) = (source.height - target.height, source.width - target.width)
        // The order shows in the last bit, because what the first step makes is rounded. This is the one of Pillow from
        // version 13 on; before, rows always came first.
        isDownFirst = lost > 0 && lost > 2 * narrowed
        let isSame = source == target
        picker = method == .nearest && !isSame ? RowPicker(from: source, to: target, channels: channels) : nil
        across =
            narrowed == 0
            ? nil
            : ResizeWeights(from: source.width, to: target.width, method).map { RowWeigher($0, channels: channels) }
        if lost != 0, let table = ResizeWeights(from: source.height, to: target.height, method) {
            let width = isDownFirst ? source.width : target.width
            down = try ColumnWeigher(table, width: width * channels, memory)
        }
        guard let storage = TensorBuffer(byteCount: target.pixelCount * channels) else {
            throw .resourceExhausted("no memory is left for a picture of \(target) pixels")
        }
        self.storage = storage
        row = try PictureScratch(byteCount: target.width * channels, memory)
    }

    /// Takes the next row, from top to bottom.
    mutating func take(_ source: UnsafePointer<UInt8>) {
        takenRows += 1
        let result = storage.base.assumingMemoryBound(to: UInt8.self)
        if picker != nil { return picker?.take(source, into: result) ?? () }
        let width = target.width * channels
        guard down != nil else {
            weigh(source, into: result + nextResult * width)
            nextResult += 1
            return
        }
        var next = nextResult
        if isDownFirst {
            down?.take(source) { [across] line in
                PictureScaler.weigh(across, line, into: result + next * width, count: width)
                next += 1
            }
        } else {
            weigh(source, into: row.pointer(UInt8.self))
            down?.take(row.pointer(UInt8.self)) { line in
                (result + next * width).update(from: line, count: width)
                next += 1
            }
        }
        nextResult = next
    }

    private func weigh(_ row: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>) {
        PictureScaler.weigh(across, row, into: result, count: target.width * channels)
    }

    private static func weigh(
        _ across: RowWeigher?, _ row: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>, count: Int
    ) {
        if let across { across.weigh(row, into: result) } else { result.update(from: row, count: count) }
    }

    /// The scaled picture, once all rows have been taken.
    func finish() -> Picture {
        precondition(takenRows == source.height, "\(takenRows) of \(source.height) rows were given")
        return Picture(size: target, channels: channels, storage: storage)
    }
}
