import ServingCore
import Testing

@Test func instantsSaturate() {
    let late = Instant(nanoseconds: .max - 1)
    #expect(late.advanced(byNanoseconds: 5).nanoseconds == .max)
    #expect(Instant(nanoseconds: 3).nanoseconds(since: Instant(nanoseconds: 5)) == 0)
    #expect(Instant(nanoseconds: 5).nanoseconds(since: Instant(nanoseconds: 3)) == 2)
}

@Test func deadlinePassesAtItsInstant() {
    let deadline = Deadline(Instant(nanoseconds: 10))
    #expect(!deadline.hasPassed(at: Instant(nanoseconds: 9)))
    #expect(deadline.hasPassed(at: Instant(nanoseconds: 10)))
    #expect(deadline < .never && Deadline.never.isNever && !deadline.isNever)
    #expect(!Deadline.never.hasPassed(at: Instant(nanoseconds: .max - 1)))
}

@Test func cancellationIsSeenByAll() {
    let flag = CancellationFlag()
    #expect(!flag.isCancelled)
    flag.cancel()
    #expect(flag.isCancelled)
}
