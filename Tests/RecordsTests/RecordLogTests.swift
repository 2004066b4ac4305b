import ServingCore
import TestSupport
import Testing

@testable import Records

@Suite struct RecordLogTests {
    private let folder = TemporaryDirectory()

    private func destination(_ name: String = "m") -> RecordLog.Destination {
        RecordLog.Destination(prefix: "\(folder.path)/log", name: name)
    }

    @Test func everythingThatWasAppendedIsWrittenWhenTheLogStops() throws {
        let log = RecordLog()
        for index in 0..<2500 {
            #expect(log.append([UInt8(index & 255), UInt8(index >> 8)], to: destination(index < 1200 ? "a" : "b")))
        }
        #expect(log.stop())
        let found = try recordsInFiles(of: folder)
        #expect(found.map { $0.records.count } == [1000, 200, 1000, 300])
        #expect(found.flatMap(\.records).map { Int($0[0]) + Int($0[1]) << 8 } == Array(0..<2500))
        #expect(log.droppedRecords == 0)
        #expect(!log.append([1], to: destination()))
        #expect(log.droppedRecords == 1)
    }

    @Test func aFinishedDestinationBeginsAnotherFile() throws {
        let log = RecordLog()
        log.append([1], to: destination())
        log.finish(destination())
        log.append([2], to: destination())
        #expect(log.stop())
        #expect(try recordsInFiles(of: folder).map(\.records) == [[[1]], [[2]]])
    }

    @Test func recordsThatCannotBeWrittenAreCounted() {
        let log = RecordLog()
        let nowhere = RecordLog.Destination(prefix: "\(folder.path)/missing/log", name: "m")
        for _ in 0..<10 { log.append([1], to: nowhere) }
        #expect(log.stop())
        #expect(log.droppedRecords == 10)
    }

    @Test func whatDoesNotFitIsDroppedAndCounted() {
        var queue = RecordQueue(limit: 1000)
        let destination = destination()
        let record = [UInt8](repeating: 0, count: 272)
        func offer() -> Bool { queue.offer(record, for: destination) }
        func take() -> [RecordQueue.Entry]? { queue.take() }
        #expect([offer(), offer(), offer()] == [true, true, false])
        let taken = take()
        #expect(taken?.count == 2)
        #expect(take() == nil)
        // What is being written still takes its room.
        #expect(!offer())
        queue.written(taken ?? [])
        #expect(queue.bytes == 0)
        #expect(offer())
        let dropped = queue.takeDropped()
        #expect(dropped == 2 && queue.dropped == 0)
        queue.isStopped = true
        #expect(!offer())
        #expect(take()?.count == 1)
        #expect(take()?.isEmpty == true)
    }

    @Test func aComplaintIsMadeOnceAMinute() {
        var limit = ComplaintLimit()
        func isDue(_ seconds: UInt64) -> Bool { limit.isDue(at: Instant(nanoseconds: seconds * 1_000_000_000)) }
        #expect([0, 1, 59, 60, 61, 119, 120].map(isDue) == [true, false, false, true, false, false, true])
    }
}
