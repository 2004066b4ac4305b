import Execution
import ServingCore
import Synchronization
import Tensors
import Testing
import Threading

@Suite struct ProgramTests {
    /// Doubles its input, in place if it may.
    private final class Double: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {
            let shape = context.input(0).shape
            let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1).elements(Float.self)
            let input = context.input(0).elements(Float.self)
            for index in input.indices { output[index] = 2 * input[index] }
        }
    }

    /// Adds up its inputs one after the other, in the memory of the first if it may.
    private final class Total: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {
            let shape = context.input(0).shape
            let output = try context.allocateOutput(0, .float, shape, reusing: 0..<1).elements(Float.self)
            let first = context.input(0).elements(Float.self)
            for index in output.indices { output[index] = first[index] }
            for input in 1..<context.inputCount {
                let values = context.input(input).elements(Float.self)
                for index in output.indices { output[index] += values[index] }
            }
        }
    }

    private final class Cancel: Kernel {
        let flag: CancellationFlag
        init(_ flag: CancellationFlag) { self.flag = flag }
        func compute(_ context: borrowing KernelContext) throws(Status) {
            flag.cancel()
            context.setOutput(0, context.input(0))
        }
    }

    /// Forgets its output.
    private final class Idle: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) {}
    }

    private final class FixedClock: Clock {
        func nanoseconds() -> UInt64 { 1000 }
    }

    private func chain(_ kernels: [any Kernel]) -> Program {
        let steps = kernels.enumerated().map { index, kernel in
            Program.Step(
                kernel: kernel, op: "Test", label: "{{node n\(index)}}", inputs: [Int32(index)],
                outputs: [Int32(index + 1)],
                lastUses: [true], releases: [Int32(index)])
        }
        return Program(
            steps: steps, slotCount: kernels.count + 1, constants: [], argumentSlots: [0],
            resultSlots: [Int32(kernels.count)])
    }

    /// Notes where its output lies.
    private final class Place: Kernel {
        let places = Mutex<[UInt]>([])

        func compute(_ context: borrowing KernelContext) throws(Status) {
            let output = try context.allocateOutput(0, .float, [1000])
            let scratch = try context.allocateTemporary(.float, [3000])
            let found = [UInt(bitPattern: output.buffer.base), UInt(bitPattern: scratch.buffer.base)]
            places.withLock { $0 += found }
        }
    }

    private final class One: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, Tensor([1] as [Float])) }
    }

    /// A run gets the memory of the run before it, and steps the scratch memory of those before them.
    @Test func runUsesTheMemoryOfTheRunBefore() throws {
        let place = Place()
        let program = chain([place, place, place, place, One()])
        let context = ExecutionContext()
        var runs: [[UInt]] = []
        for _ in 0..<4 {
            _ = try program.run([Tensor([1] as [Float])], in: context)
            runs.append(
                place.places.withLock { places in
                    defer { places = [] }; return places
                })
        }
        #expect(Set(runs[0]).count == 3)
        #expect(Set(runs[2]) == Set(runs[1]))
        #expect(Set(runs[1]) == Set(runs[0]))
    }

    @Test func argumentsAreNeverWritten() throws {
        let argument = Tensor([1, 2, 3] as [Float])
        let program = chain([Double(), Double(), Double()])
        #expect(try program.run([argument], in: ExecutionContext())[0].array(Float.self) == [8, 16, 24])
        #expect(argument.array(Float.self) == [1, 2, 3])
    }

    @Test func inputThatIsReadTwiceIsNotWritten() throws {
        let double = Program.Step(
            kernel: Double(), op: "Test", label: "a", inputs: [0], outputs: [1], lastUses: [true], releases: [0])
        let total = Program.Step(
            kernel: Total(), op: "Test", label: "b", inputs: [1, 1, 1], outputs: [2], lastUses: [true, true, true],
            releases: [1])
        let program = Program(
            steps: [double, total], slotCount: 3, constants: [], argumentSlots: [0], resultSlots: [2])
        let result = try program.run([Tensor([1, 2] as [Float])], in: ExecutionContext())
        #expect(result[0].array(Float.self) == [6, 12])
    }

    @Test func resultsSurviveLaterRunsInTheSameContext() throws {
        let context = ExecutionContext()
        let program = chain([Double(), Double()])
        let first = try program.run([Tensor([1 as Float])], in: context)[0]
        let second = try program.run([Tensor([10 as Float])], in: context)[0]
        #expect(first.array(Float.self) == [4])
        #expect(second.array(Float.self) == [40])
    }

    @Test func runThatIsCancelledInTheMiddleStopsSoon() {
        let flag = CancellationFlag()
        let context = ExecutionContext()
        context.cancellation = flag
        let program = chain([Cancel(flag)] + (0..<40).map { _ in Double() })
        let error = #expect(throws: Status.self) { try program.run([Tensor([1 as Float])], in: context) }
        #expect(error?.code == .cancelled)
    }

    @Test func passedDeadlineEndsTheRunBeforeItBegins() {
        let context = ExecutionContext(clock: FixedClock())
        context.deadline = Deadline(Instant(nanoseconds: 999))
        let error = #expect(throws: Status.self) { try chain([Double()]).run([Tensor([1 as Float])], in: context) }
        #expect(error == Status(.deadlineExceeded, "Timed out waiting for notification"))
    }

    @Test func valuesThatDoNotFitTheMemoryLimitAreRefused() {
        let context = ExecutionContext(memoryLimit: 1000)
        let big = Tensor([Float](repeating: 1, count: 1000))
        let error = #expect(throws: Status.self) { try chain([Double()]).run([big], in: context) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("shape[1000] and type float") == true)
        #expect(error?.message.hasSuffix("[[{{node n0}}]]") == true)
    }

    @Test func outputOfAnotherTypeThanPromisedEndsTheRun() {
        var step = Program.Step(
            kernel: Double(), op: "Test", label: "{{node n}}", inputs: [0], outputs: [1], lastUses: [true],
            releases: [0], outputTypes: [.double])
        func run() throws -> [Tensor] {
            try Program(steps: [step], slotCount: 2, constants: [], argumentSlots: [0], resultSlots: [1])
                .run([Tensor([1 as Float])], in: ExecutionContext())
        }
        let error = #expect(throws: Status.self) { try run() }
        #expect(error?.message == "Output 0 of Test is of type float, expected double.\n\t [[{{node n}}]]")
        step.outputTypes = [.float]
        #expect(throws: Never.self) { try run() }
    }

    @Test func outputThatIsNotComputedEndsTheRun() {
        let step = Program.Step(
            kernel: Idle(), op: "Test", label: "{{node n}}", inputs: [0], outputs: [1], lastUses: [true],
            releases: [0])
        let program = Program(steps: [step], slotCount: 2, constants: [], argumentSlots: [0], resultSlots: [1])
        let error = #expect(throws: Status.self) { try program.run([Tensor([1 as Float])], in: ExecutionContext()) }
        #expect(error?.code == .internalError)
    }

    @Test func variableUpdatesFromManyThreadsAreNotLost() throws {
        let variable = Variable(name: "counter")
        #expect(throws: Status.self) { try variable.read() }
        variable.assign(Tensor([0 as Float]))
        let threads = (0..<4).map { index in
            Thread(name: "writer-\(index)") {
                for _ in 0..<500 {
                    _ = try? variable.update { (old) throws(Status) in Tensor([old.array(Float.self)[0] + 1]) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(try variable.read().array(Float.self) == [2000])
    }
}
