import ServingCore
import Synchronization

/// What the decoding of one picture must keep to.
public struct PictureLimits: Sendable {
    /// The longest side that a picture may have, in pixels: what JPEG can say.
    public static let longestSide = 65535
    /// The pixels that a picture may have unless told otherwise.
    public static let standardPixels = 64 << 20

    /// The pixels that a picture may have.
    public var maximumPixels: Int
    /// Shared by all pictures that are decoded at the same time; nil: no limit.
    public var memory: PictureMemory?
    /// Asked now and then during long work: why it is to be given up; nil: go on.
    public var interruption: @Sendable () -> Status?

    public init(
        maximumPixels: Int = standardPixels, memory: PictureMemory? = nil,
        interruption: @escaping @Sendable () -> Status? = { nil }
    ) {
        self.maximumPixels = maximumPixels
        self.memory = memory
        self.interruption = interruption
    }

    /// INVALID_ARGUMENT if a picture of this size has no pixels or too many.
    func check(_ size: PictureSize) throws(Status) {
        guard size.width > 0, size.height > 0 else { throw .invalidArgument("the picture is empty: \(size)") }
        guard size.width <= PictureLimits.longestSide, size.height <= PictureLimits.longestSide else {
            throw .invalidArgument(
                "the picture has \(size) pixels, but no side may be longer than \(PictureLimits.longestSide)")
        }
        guard size.pixelCount <= maximumPixels else {
            throw .invalidArgument("the picture has \(size) pixels, which are more than the limit of \(maximumPixels)")
        }
    }

    /// Throws the interruption, if there is one.
    func checkStillWanted() throws(Status) {
        if let status = interruption() { throw status }
    }
}

/// Width and height in pixels.
public struct PictureSize: Sendable, Hashable, CustomStringConvertible {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// `Int.max` if it cannot be counted.
    var pixelCount: Int {
        let (count, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? .max : count
    }

    /// `224×224`, width first.
    public var description: String { "\(width)×\(height)" }
}

/// The bytes that all pictures together may take while they are decoded.
public final class PictureMemory: Sendable {
    /// The most bytes at a time.
    public let limit: Int
    private let used = Mutex(0)

    public init(limit: Int) { self.limit = limit }

    /// What is taken now.
    public var byteCount: Int { used.withLock { $0 } }

    /// RESOURCE_EXHAUSTED if there is no room for `byteCount` more bytes.
    func take(_ byteCount: Int) throws(Status) {
        let isTaken = used.withLock { used in
            guard byteCount <= limit - used else { return false }
            used += byteCount
            return true
        }
        guard isTaken else {
            throw .resourceExhausted(
                "decoding the picture takes \(byteCount) bytes, which the \(limit) bytes for all pictures have no room "
                    + "for now")
        }
    }

    func give(_ byteCount: Int) { used.withLock { $0 -= byteCount } }
}

/// Memory for the decoding of one picture, which is freed and given back when it goes away.
final class PictureScratch {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private let memory: PictureMemory?
    /// Bytes that a library allocates, and not this.
    private let foreign: Int

    /// Bytes that are not initialised. RESOURCE_EXHAUSTED if there is no room for them, and for `foreign` bytes that a
    /// library will allocate.
    init(byteCount: Int, foreign: Int = 0, _ memory: PictureMemory?) throws(Status) {
        let (sum, overflow) = byteCount.addingReportingOverflow(foreign)
        guard byteCount >= 0, foreign >= 0, !overflow else {
            throw .resourceExhausted("decoding the picture takes more bytes than can be counted")
        }
        try memory?.take(sum)
        self.byteCount = byteCount
        self.foreign = foreign
        self.memory = memory
        base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    }

    deinit {
        base.deallocate()
        memory?.give(byteCount + foreign)
    }

    /// The memory as elements of one type.
    func pointer<Element: BitwiseCopyable>(_: Element.Type) -> UnsafeMutablePointer<Element> {
        base.assumingMemoryBound(to: Element.self)
    }
}
