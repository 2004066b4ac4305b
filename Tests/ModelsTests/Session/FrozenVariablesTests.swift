import Execution
import ServingCore
import Synchronization
import Tensors
import Testing
import Threading

@testable import Compiler
@testable import Models

/// Programs hold the values of variables until somebody may write them.
@Suite struct FrozenVariablesTests {
    private let variable = Variable(name: "v")
    private let other = Variable(name: "w")

    init() {
        variable.assign(Tensor(scalar: Float(1)))
        other.assign(Tensor(scalar: Float(2)))
    }

    private func access(writing variables: Variable..., others: Bool = false) -> VariableAccess {
        var access = VariableAccess(read: [], written: Set(variables.map { ObjectIdentifier($0) }))
        access.mayWriteOthers = others
        return access
    }

    /// Programs whose constants are the values of both variables, as far as they are frozen.
    private func programs(
        _ frozen: FrozenVariables, hasWhole: Bool = true, _ prepare: @escaping @Sendable () throws(Status) -> Void = {}
    ) throws -> SignaturePrograms {
        try SignaturePrograms(outputs: ["a"], shapes: [], hasWhole: hasWhole, frozen: frozen) {
            [variable, other] (_, _) throws(Status) in
            try prepare()
            let values = [variable, other].compactMap { frozen.value(of: $0) }
            return Program(steps: [], slotCount: 0, constants: values, argumentSlots: [], resultSlots: [])
        }
    }

    private func held(_ programs: SignaturePrograms, _ aliases: [String] = ["a"]) throws -> [Float] {
        try programs.program(for: aliases).constantTensors.flatMap { $0.array(Float.self) }
    }

    @Test func programsAreMadeAnewWhenAValueTheyMayHoldWillChange() throws {
        let frozen = FrozenVariables(written: [])
        let programs = try programs(frozen)
        #expect(try held(programs) == [1, 2])
        #expect(try held(programs, ["b"]) == [1, 2])
        try frozen.thaw(access(writing: variable))
        #expect(try held(programs) == [2])
        #expect(try held(programs, ["b"]) == [2])
        let later = try self.programs(frozen)
        #expect(try held(later) == [2])
    }

    @Test func nothingIsMadeAnewForWhatWasNeverFrozen() throws {
        let frozen = FrozenVariables(written: [ObjectIdentifier(variable)])
        let programs = try programs(frozen)
        let before = programs.whole
        try frozen.thaw(access(writing: variable))
        try frozen.thaw(access())
        #expect(programs.whole === before)
        try frozen.thaw(access(writing: other, variable))
        #expect(try held(programs) == [])
    }

    @Test func ifItCannotBeToldWhatIsWrittenNothingIsFrozen() throws {
        let frozen = FrozenVariables(written: [])
        let programs = try programs(frozen)
        try frozen.thaw(access(others: true))
        #expect(try held(programs) == [])
    }

    @Test func aThawThatFailsIsTriedAgain() throws {
        let frozen = FrozenVariables(written: [])
        let fails = Mutex(false)
        let programs = try programs(frozen) { () throws(Status) in
            if fails.withLock({ $0 }) { throw .resourceExhausted("no memory") }
        }
        fails.withLock { $0 = true }
        let failure = failure { () throws(Status) in try frozen.thaw(access(writing: variable)) }
        #expect(failure == .resourceExhausted("no memory"))
        fails.withLock { $0 = false }
        try frozen.thaw(access(writing: variable))
        #expect(try held(programs) == [2])
    }

    @Test func programsThatAreMadeMeanwhileHoldNothingOld() throws {
        for round in 0..<50 {
            let frozen = FrozenVariables(written: [])
            let programs = try programs(frozen, hasWhole: round % 2 == 0)
            let made = Mutex<[SignaturePrograms]>([])
            let threads = (0..<4).map { number in
                Thread(name: "asks-\(number)") {
                    for index in 0..<20 {
                        _ = try? programs.program(for: ["x\((index + number) % 8)"])
                        if let one = try? self.programs(frozen) { made.withLock { $0.append(one) } }
                    }
                }
            }
            try frozen.thaw(access(writing: variable))
            for thread in threads { thread.join() }
            for index in 0..<8 { #expect(try held(programs, ["x\(index)"]) == [2]) }
            for one in made.withLock({ $0 }) { #expect(try held(one) == [2]) }
        }
    }
}
