import Graphs
import ServingCore
import Tensors

/// Size, channels and order of the pixels in a model's input: what the signature says, and the settings where it says
/// nothing.
struct PictureForm {
    let size: PictureSize
    let channels: Int
    /// Channels come before rows and columns.
    let isPlanar: Bool
    /// Of one picture.
    let shape: TensorShape

    /// FAILED_PRECONDITION if `settings` contradict `shape` or leave something open.
    init(_ alias: String, _ shape: PartialShape, _ settings: PictureSettings) throws(Status) {
        let known = try KnownSizes(alias, shape, settings)
        func merged(_ name: String, _ stored: Int?, _ wanted: Int?) throws(Status) -> Int {
            guard let size = stored ?? wanted else {
                throw PictureSettings.fault("the input '\(alias)' of shape \(shape) leaves the \(name) open; say it")
            }
            if let stored, let wanted, stored != wanted {
                throw PictureSettings.fault(
                    "\(name) is \(wanted), but the input '\(alias)' has shape \(shape), where it is \(stored)")
            }
            return size
        }
        size = PictureSize(
            width: try merged("width", known.width, settings.width),
            height: try merged("height", known.height, settings.height))
        let colors = settings.color.map { $0 == .grey ? 1 : 3 }
        if let stored = known.channels, let colors, stored != colors {
            throw PictureSettings.fault(
                "color asks for \(colors) channels, but the input '\(alias)' of shape \(shape) has \(stored)")
        }
        channels = known.channels ?? colors ?? 3
        guard channels == 1 || channels == 3 else {
            throw PictureSettings.fault(
                "the input '\(alias)' of shape \(shape) has \(channels) channels; pictures have 1 or 3")
        }
        let longest = PictureSettings.longestSide
        guard (1...longest).contains(size.width), (1...longest).contains(size.height) else {
            throw PictureSettings.fault(
                "the input '\(alias)' takes pictures of \(size) pixels; sides from 1 to \(longest) can be made")
        }
        isPlanar = known.isPlanar
        self.shape = try known.shape(size, channels, alias, shape)
    }
}

/// What the shape of an input says about the pictures that it takes.
private struct KnownSizes {
    var width: Int?
    var height: Int?
    var channels: Int?
    var isPlanar = false
    private var rank = 4

    init(_ alias: String, _ shape: PartialShape, _ settings: PictureSettings) throws(Status) {
        isPlanar = settings.layout == .channelsFirst
        guard let sizes = shape.dimensions else { return }
        rank = sizes.count
        guard (2...4).contains(rank) else {
            throw PictureSettings.fault(
                "the input '\(alias)' has shape \(shape); pictures become [batch, height, width, channels], "
                    + "[batch, channels, height, width], [batch, height, width] or [batch, values]")
        }
        guard sizes[0] < 0 || sizes[0] == 1 else {
            throw PictureSettings.fault("the input '\(alias)' of shape \(shape) takes \(sizes[0]) pictures at once")
        }
        if rank == 3 {
            (height, width, channels) = (shape.size(1), shape.size(2), 1)
        } else if rank == 4 {
            if settings.layout == nil {
                isPlanar = KnownSizes.isChannels(shape.size(1)) && !KnownSizes.isChannels(shape.size(3))
            }
            (height, width, channels) =
                isPlanar
                ? (shape.size(2), shape.size(3), shape.size(1)) : (shape.size(1), shape.size(2), shape.size(3))
        }
    }

    private static func isChannels(_ size: Int?) -> Bool { size == 1 || size == 3 }

    /// The shape of one picture.
    func shape(_ size: PictureSize, _ channels: Int, _ alias: String, _ stored: PartialShape) throws(Status)
        -> TensorShape
    {
        switch rank {
        case 2:
            let count = size.width * size.height * channels
            if let expected = stored.size(1), expected != count {
                throw PictureSettings.fault(
                    "pictures of \(size) pixels with \(channels) channels have \(count) values, but the input '\(alias)' "
                        + "has shape \(stored)")
            }
            return [1, count]
        case 3: return [1, size.height, size.width]
        default:
            return isPlanar
                ? [1, channels, size.height, size.width] : [1, size.height, size.width, channels]
        }
    }
}
