import Glibc
import TestSupport
import Testing

@testable import Transports

@Test func piecesAreUsedAgainAndNeverOverlap() throws {
    let memory = SessionMemory()
    var noise = Noise(state: 5)
    var pieces: [(start: UnsafeMutableRawPointer, count: Int, mark: UInt8)] = []
    func check(_ piece: (start: UnsafeMutableRawPointer, count: Int, mark: UInt8)) {
        let bytes = UnsafeRawBufferPointer(start: piece.start, count: piece.count)
        #expect(bytes.allSatisfy { $0 == piece.mark })
    }
    for round in 0..<20_000 {
        let mark = UInt8(truncatingIfNeeded: round)
        let size = [0, 1, 64, 65, 200, 1024, 1025, 5000].randomElement(using: &noise)!
        switch Int.random(in: 0..<4, using: &noise) {
        case 0:
            let start = try #require(memory.take(size))
            #expect(Int(bitPattern: start) % 16 == 0)
            memset(start, Int32(mark), size)
            pieces.append((start, size, mark))
        case 1:
            let start = try #require(memory.takeZeroed(size, 2))
            #expect(UnsafeRawBufferPointer(start: start, count: size * 2).allSatisfy { $0 == 0 })
            memset(start, Int32(mark), size * 2)
            pieces.append((start, size * 2, mark))
        case 2 where !pieces.isEmpty:
            let index = Int.random(in: 0..<pieces.count, using: &noise)
            let piece = pieces[index]
            let start = try #require(memory.resize(piece.start, size))
            let kept = min(size, piece.count)
            check((start, kept, piece.mark))
            memset(start, Int32(mark), size)
            pieces[index] = (start, size, mark)
        default:
            guard let piece = pieces.popLast() else { continue }
            check(piece)
            memory.give(piece.start)
        }
    }
    for piece in pieces { memory.give(piece.start) }
    #expect(memory.idleBytes > 0 && memory.idleBytes <= 1 << 20)
}

@Test func sizesBeyondAllMemoryAreRefused() {
    let memory = SessionMemory()
    #expect(memory.take(.max) == nil)
    #expect(memory.takeZeroed(.max, 2) == nil)
    #expect(memory.resize(nil, .max) == nil)
    memory.give(nil)
    #expect(memory.idleBytes == 0)
}
