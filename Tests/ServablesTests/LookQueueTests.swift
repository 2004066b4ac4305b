import ServingCore
import Testing

@testable import Servables

private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64((10 + seconds) * 1e9)) }

private func orders(_ tickets: ClosedRange<UInt64>, device: UInt64? = nil) -> [LookOrder] {
    tickets.map { ticket in
        LookOrder(
            ticket: ticket, key: Int(ticket), servable: MonitoredServable(name: "m\(ticket)", basePath: "/\(ticket)"),
            device: device)
    }
}

@Test func fewLooksNeedFewWorkersAndManyNeedFour() {
    var queue = LookQueue()
    queue.add(orders(1...1), at: at(0))
    #expect(queue.workersToStart(at: at(0)) == 1)
    queue.add(orders(2...500), at: at(0))
    #expect(queue.workersToStart(at: at(0)) == 3)
    #expect(queue.workersToStart(at: at(0)) == 0)
    #expect(queue.take(at: at(0))?.ticket == 1 && queue.take(at: at(0))?.ticket == 2)
}

@Test func workersThatHangAreReplacedUpToALimit() {
    var queue = LookQueue()
    queue.add(orders(1...500), at: at(0))
    _ = queue.workersToStart(at: at(0))
    var running: [LookOrder] = []
    for step in 0..<100 {
        for _ in 0..<4 {
            if running.count < queue.threads { queue.take(at: at(Double(step))).map { running.append($0) } }
        }
        let started = queue.workersToStart(at: at(Double(step) + 1))
        #expect(started == (queue.threads < LookQueue.limit || started > 0 ? 4 : 0) || queue.threads == LookQueue.limit)
    }
    #expect(queue.threads == LookQueue.limit && running.count == LookQueue.limit)
    // When they come back all but four end.
    let ended = running.count { queue.finished($0, at: at(200)) }
    #expect(ended == LookQueue.limit - LookQueue.workers && queue.threads == LookQueue.workers)
}

@Test func whatLiesOnADeviceThatHangsIsNotBegun() {
    var queue = LookQueue()
    queue.add(orders(1...1, device: 7), at: at(0))
    _ = queue.take(at: at(0))
    queue.add(orders(2...5, device: 7) + orders(6...6, device: 8) + orders(7...7), at: at(2))
    #expect(queue.take(at: at(2))?.ticket == 6)
    #expect(queue.take(at: at(2))?.ticket == 7)
    #expect(queue.take(at: at(2)) == nil)
    _ = queue.finished(orders(1...1)[0], at: at(3))
    #expect(queue.take(at: at(3))?.ticket == 2)
}

@Test func whatOnlyWaitsForAWorkerIsNotReported() {
    var queue = LookQueue()
    queue.add(orders(1...1, device: 7) + orders(2...2, device: 7) + orders(3...3, device: 8), at: at(0))
    _ = queue.take(at: at(0))
    #expect(queue.overdue(at: at(6)).map(\.order.ticket) == [1, 2])
}

@Test func looksThatDoNotComeBackAreReportedEverMoreRarely() {
    var queue = LookQueue()
    queue.add(orders(1...2), at: at(0))
    let order = queue.take(at: at(0))!
    _ = queue.take(at: at(0)).map { queue.finished($0, at: at(0)) }
    var reports: [UInt64] = []
    for tenth in 0..<1000 {
        reports += queue.overdue(at: at(Double(tenth) / 10)).map(\.seconds)
        #expect(queue.nextCheck(at: at(Double(tenth) / 10)) > at(Double(tenth) / 10))
    }
    #expect(reports == [5, 10, 20, 40, 80])
    _ = queue.finished(order, at: at(100))
    #expect(queue.overdue(at: at(1000)).isEmpty && queue.nextCheck(at: at(1000)).nanoseconds == .max)
}
