import ServingCore
import Testing

struct CancellationFlagTests {
    @Test func aFlagStaysCancelled() {
        let flag = CancellationFlag()
        #expect(!flag.isCancelled)
        flag.cancel()
        #expect(flag.isCancelled && flag.isCancelled)
    }

    @Test func aFlagForAllIsCancelledWithTheLast() {
        let members = (0..<5).map { _ in CancellationFlag() }
        let all = CancellationFlag(forAll: members)
        for index in [3, 0, 4, 1, 2] {
            #expect(!all.isCancelled)
            members[index].cancel()
        }
        #expect(all.isCancelled && all.isCancelled)
    }

    @Test func aFlagForAllCanBeCancelledItself() {
        let all = CancellationFlag(forAll: [CancellationFlag()])
        all.cancel()
        #expect(all.isCancelled)
        #expect(CancellationFlag(forAll: [all, all]).isCancelled)
    }
}
