import ServingCore

/// A request that was answered, as it came.
struct RecentRequest: Sendable, Equatable {
    var call = ObservedPrediction.Call.predict
    /// The packed request.
    let bytes: [UInt8]
    /// The version that answered it.
    let version: Int64
}

/// The last requests of one model; bounded in number and in bytes.
struct RecentRing {
    /// What is kept of one model.
    static let byteLimit = 16 << 20
    /// Larger requests are not kept.
    static let longest = 1 << 20
    /// When the ring is full, another request is taken at most so often: copying must not cost a busy server anything
    /// that can be measured.
    static let interval: UInt64 = 10_000_000

    private let countLimit: Int
    /// Oldest first.
    private(set) var requests: [RecentRequest] = []
    private(set) var byteCount = 0
    /// When the next request is taken although the ring is full.
    private(set) var nextTake = Instant(nanoseconds: 0)

    init(countLimit: Int) { self.countLimit = max(0, countLimit) }

    /// Whether a request of `count` bytes would be kept now.
    func wants(_ count: Int, at now: Instant) -> Bool {
        guard countLimit > 0, count <= RecentRing.longest else { return false }
        let hasRoom = requests.count < countLimit && byteCount + count <= RecentRing.byteLimit
        return hasRoom || now >= nextTake
    }

    /// Whether the next request has room, whatever its size.
    var hasRoomForAll: Bool {
        requests.count < countLimit && byteCount + RecentRing.longest <= RecentRing.byteLimit
    }

    /// Keeps `request`; the oldest ones make room.
    mutating func keep(_ request: RecentRequest, at now: Instant) {
        requests.append(request)
        byteCount += request.bytes.count
        var surplus = 0
        while requests.count - surplus > countLimit || byteCount > RecentRing.byteLimit {
            byteCount -= requests[surplus].bytes.count
            surplus += 1
        }
        requests.removeFirst(surplus)
        nextTake = now.advanced(byNanoseconds: RecentRing.interval)
    }
}
