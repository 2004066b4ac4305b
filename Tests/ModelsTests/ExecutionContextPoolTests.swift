import Execution
import ServingCore
import Testing

@testable import Models

@Suite struct ExecutionContextPoolTests {
    private func nested(_ pool: ExecutionContextPool, _ depth: Int) throws {
        guard depth > 0 else { return }
        var failure: (any Error)?
        try pool.withContext(deadline: .never, cancellation: nil) { _ in
            do { try nested(pool, depth - 1) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    @Test func contextsOfABurstAreLetGoWhenTheyAreNotNeededAnyMore() throws {
        let pool = ExecutionContextPool(threads: nil, environment: EmptyEnvironment(), memoryLimit: .max)
        try nested(pool, 8)
        #expect(pool.idleCount == 8)
        for _ in 0..<600 { try nested(pool, 2) }
        #expect(pool.idleCount == 2)
    }

    @Test func contextComesBackAfterAnError() throws {
        let pool = ExecutionContextPool(threads: nil, environment: EmptyEnvironment(), memoryLimit: .max)
        #expect(throws: Status.self) {
            try pool.withContext(deadline: .never, cancellation: nil) { (_) throws(Status) -> Void in
                throw .internalError("failed")
            }
        }
        #expect(pool.idleCount == 1)
    }
}
