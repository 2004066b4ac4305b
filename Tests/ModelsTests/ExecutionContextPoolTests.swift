import Execution
import ServingCore
import Tensors
import Testing

@testable import Models

@Suite struct ExecutionContextPoolTests {
    private let pool = ExecutionContextPool(threads: nil, environment: EmptyEnvironment(), memoryLimit: 1 << 30)

    private struct NoTensor: Error {}

    private func allocated(
        _ type: DataType, _ shape: TensorShape, in arena: borrowing RunArena
    ) throws -> Tensor {
        guard let tensor = arena.allocate(type, shape) else { throw NoTensor() }
        return tensor
    }

    private func useAtOnce(_ count: Int) {
        guard count > 0 else { return }
        let arena = RunArena(pool)
        useAtOnce(count - 1)
        _ = arena.allocate(.float, [])
    }

    @Test func contextsOfABurstAreLetGoWhenTheyAreNotNeededAnyMore() {
        useAtOnce(8)
        #expect(pool.idleCount == 8)
        for _ in 0..<600 { useAtOnce(2) }
        #expect(pool.idleCount == 2)
    }

    @Test func contextComesBackAfterAnError() {
        func fail() throws(Status) {
            let arena = RunArena(pool)
            guard arena.allocate(.float, [1 << 40]) != nil else { throw .internalError("failed") }
        }
        #expect(throws: Status.self) { try fail() }
        #expect(pool.idleCount == 1)
    }

    @Test func memoryOfOutputsThatWereReadBecomesThatOfInputs() throws {
        let arena = RunArena(pool)
        let first = try allocated(.float, [3], in: arena)
        let address = first.buffer.base
        var outputs = [first]
        _ = consume first
        arena.takeBack(&outputs)
        #expect(outputs.isEmpty)
        #expect(try allocated(.float, [5], in: arena).buffer.base == address)
    }

    @Test func outputsThatSomebodyStillHoldsStayTheirs() throws {
        let arena = RunArena(pool)
        let held = try allocated(.float, [3], in: arena)
        var outputs = [held]
        arena.takeBack(&outputs)
        let other = try allocated(.float, [3], in: arena)
        #expect(other.buffer.base != held.buffer.base)
    }

    @Test func longTensorsAreNotKept() throws {
        let arena = RunArena(pool)
        let (tooLong, short) = (arena.allocate(.float, [1 << 20]), arena.allocate(.float, [1 << 18]))
        #expect(tooLong == nil && short != nil)
        let object = Witness()
        weak let witness = object
        let long = Tensor([Float](repeating: 0, count: 1 << 20))
        long.buffer.attach(object)
        var outputs = [long]
        _ = consume long
        _ = consume object
        arena.takeBack(&outputs)
        #expect(witness == nil)
    }

    @Test func whatElementsPointToIsLetGo() throws {
        let arena = RunArena(pool)
        let text = try allocated(.string, [1], in: arena)
        let object = Witness()
        weak let witness = object
        text.buffer.attach(object)
        var outputs = [text]
        _ = consume text
        _ = consume object
        arena.takeBack(&outputs)
        #expect(witness == nil)
    }

    @Test func argumentsOfARunThatDidNotComeToPassDoNotCount() {
        let small = ExecutionContextPool(threads: nil, environment: EmptyEnvironment(), memoryLimit: 1 << 10)
        for _ in 0..<3 {
            let arena = RunArena(small)
            let whole = arena.allocate(.uint8, [1 << 10])
            #expect(whole != nil)
        }
    }

    private final class Witness {}
}
