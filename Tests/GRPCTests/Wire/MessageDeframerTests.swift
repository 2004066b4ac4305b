import Testing

@testable import GRPC

/// The messages in `pieces`, and whether the input ended between two.
private func deframe(_ pieces: [[UInt8]]) -> (messages: [(flag: UInt8, bytes: [UInt8])], isBetween: Bool) {
    var deframer = MessageDeframer()
    var messages: [(flag: UInt8, bytes: [UInt8])] = []
    var current: (flag: UInt8, bytes: [UInt8]) = (0, [])
    for piece in pieces {
        piece.withUnsafeBytes { bytes in
            var rest = bytes
            while true {
                switch deframer.next(&rest) {
                case .needsMore: return
                case .begin(let flag, _): current = (flag, [])
                case .payload(let bytes): current.bytes += bytes
                case .end: messages.append(current)
                }
            }
        }
    }
    return (messages, deframer.isBetweenMessages)
}

@Suite struct MessageDeframerTests {
    private let input: [UInt8] =
        [0, 0, 0, 0, 3, 1, 2, 3] + [1, 0, 0, 0, 0] + [0, 0, 0, 1, 0] + [UInt8](repeating: 9, count: 256)

    @Test func everySplitGivesTheSameMessages() {
        for cut in 0...input.count {
            let (messages, isBetween) = deframe([Array(input[..<cut]), Array(input[cut...])])
            #expect(messages.map(\.bytes) == [[1, 2, 3], [], [UInt8](repeating: 9, count: 256)])
            #expect(messages.map(\.flag) == [0, 1, 0])
            #expect(isBetween)
        }
    }

    @Test func singleBytesGiveTheSameMessages() {
        let (messages, isBetween) = deframe(input.map { [$0] })
        #expect(messages.map(\.bytes.count) == [3, 0, 256])
        #expect(isBetween)
    }

    @Test func anyMissingEndIsSeen() {
        let ends = [0, 8, 13, input.count]
        for count in 0...input.count {
            #expect(deframe([Array(input[..<count])]).isBetween == ends.contains(count), "\(count) bytes")
        }
    }

    @Test func theLongestLengthIsReportedAsItIs() {
        let prefix: [UInt8] = [0, 0xff, 0xff, 0xff, 0xff]
        var seen = 0
        prefix.withUnsafeBytes { bytes in
            var rest = bytes
            var other = MessageDeframer()
            if case .begin(_, let count) = other.next(&rest) { seen = count }
        }
        #expect(seen == 4_294_967_295)
    }
}
