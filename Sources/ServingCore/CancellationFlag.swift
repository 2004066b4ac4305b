import Synchronization

/// Says whether the caller of a run still wants its answer; shared between a request and its run.
public final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    /// The flags that this one stands for; all of them cancelled is the same as this one cancelled. Nil: it stands for itself.
    private let members: [CancellationFlag]?
    /// Members before this one are known to be cancelled, which they never take back.
    private let firstWaiting = Atomic<Int>(0)

    public init() { members = nil }

    /// A flag for a run that several callers wait for: cancelled when the last of `members` is.
    public init(forAll members: [CancellationFlag]) { self.members = members }

    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Over many questions, no member is looked at again after it was found to be cancelled.
    public var isCancelled: Bool {
        if flag.load(ordering: .relaxed) { return true }
        guard let members else { return false }
        return areAllCancelled(members)
    }

    private func areAllCancelled(_ members: [CancellationFlag]) -> Bool {
        let start = firstWaiting.load(ordering: .relaxed)
        var index = start
        while index < members.count, members[index].isCancelled { index += 1 }
        guard index > start else { return index == members.count }
        firstWaiting.store(index, ordering: .relaxed)
        if index == members.count { cancel() }
        return index == members.count
    }
}
