/// Finds the messages in the body of a request: a flag byte, four bytes of length (big endian), then the message; all
/// of it may be split anywhere.
///
/// It keeps no bytes of messages and allocates nothing.
struct MessageDeframer {
    enum Step {
        /// All bytes have been used.
        case needsMore
        /// A message begins; `flag` is the first byte of its prefix.
        case begin(flag: UInt8, byteCount: Int)
        /// The next bytes of the message that began last.
        case payload(UnsafeRawBufferPointer)
        /// The message that began last is complete.
        case end
    }

    private enum State {
        case prefix(received: Int)
        case payload(missing: Int)
    }

    private var state = State.prefix(received: 0)
    private var flag: UInt8 = 0
    private var length: UInt32 = 0

    /// True if the input so far ends between messages.
    var isBetweenMessages: Bool {
        if case .prefix(0) = state { true } else { false }
    }

    /// Uses some of `bytes` and says what was found; to be called until it says `needsMore`.
    mutating func next(_ bytes: inout UnsafeRawBufferPointer) -> Step {
        switch state {
        case .payload(0):
            state = .prefix(received: 0)
            return .end
        case .payload(let missing):
            guard !bytes.isEmpty else { return .needsMore }
            let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(missing))
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(piece.count))
            state = .payload(missing: missing - piece.count)
            return .payload(piece)
        case .prefix(let received):
            return nextOfPrefix(&bytes, received)
        }
    }

    private mutating func nextOfPrefix(_ bytes: inout UnsafeRawBufferPointer, _ received: Int) -> Step {
        var received = received
        var used = 0
        while received < 5, used < bytes.count {
            let byte = bytes[used]
            if received == 0 { flag = byte } else { length = length << 8 | UInt32(byte) }
            received += 1
            used += 1
        }
        bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(used))
        guard received == 5 else {
            state = .prefix(received: received)
            return .needsMore
        }
        let byteCount = Int(length)
        length = 0
        state = .payload(missing: byteCount)
        return .begin(flag: flag, byteCount: byteCount)
    }
}
