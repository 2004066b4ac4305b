import Execution
import ServingCore
import Synchronization
import Tensors
import Testing
import Threading

@Suite struct RunRecorderTests {
    /// Each look is ten nanoseconds after the one before.
    private final class TickingClock: Clock {
        private let time = Atomic<UInt64>(0)
        func nanoseconds() -> UInt64 { time.wrappingAdd(10, ordering: .relaxed).newValue }
    }

    private final class Pass: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, context.input(0)) }
    }

    private final class Refuse: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { throw .invalidArgument("no") }
    }

    /// Runs another program some times over.
    private final class Call: Kernel {
        let program: Program
        let turns: Int

        init(_ program: Program, turns: Int = 1) {
            self.program = program
            self.turns = turns
        }

        func compute(_ context: borrowing KernelContext) throws(Status) {
            var value = context.input(0)
            for _ in 0..<turns { value = try program.run([value], in: context.execution)[0] }
            context.setOutput(0, value)
        }
    }

    private static func chain(_ kernels: [(op: String, kernel: any Kernel)]) -> Program {
        let steps = kernels.enumerated().map { index, step in
            Program.Step(
                kernel: step.kernel, op: step.op, label: "{{node n\(index)}}", inputs: [Int32(index)],
                outputs: [Int32(index + 1)], lastUses: [true], releases: [Int32(index)])
        }
        return Program(
            steps: steps, slotCount: kernels.count + 1, constants: [], argumentSlots: [0],
            resultSlots: [Int32(kernels.count)])
    }

    private let recorder = RunRecorder(clock: TickingClock())

    /// Runs as a model does it. Returns whether the run was recorded.
    @discardableResult
    private func run(_ program: Program, _ label: String = "m") -> Bool {
        let context = ExecutionContext()
        context.trace = recorder.runBegins { RunLabel(model: label, version: 7, signature: "s") }
        let results = try? program.run([Tensor([1 as Float])], in: context)
        if let trace = context.trace { recorder.runEnds(trace, failed: results == nil) }
        return context.trace != nil
    }

    @Test func nothingIsRecordedUnlessAsked() {
        #expect(!run(RunRecorderTests.chain([("A", Pass())])))
        #expect(recorder.stop() == nil)
    }

    @Test func stepsTileTheRun() throws {
        #expect(recorder.start(limit: 100))
        #expect(!recorder.start(limit: 100))
        run(RunRecorderTests.chain([("A", Pass()), ("B", Pass()), ("C", Pass())]))
        let recording = try #require(recorder.stop())
        #expect(recording.labels == [RunLabel(model: "m", version: 7, signature: "s")])
        #expect(recording.steps.map { recording.name(of: $0).op } == ["A", "B", "C"])
        #expect(recording.steps.map { recording.name(of: $0).label } == ["{{node n0}}", "{{node n1}}", "{{node n2}}"])
        #expect(recording.steps.map(\.nanoseconds) == [10, 10, 10])
        for (step, next) in zip(recording.steps, recording.steps.dropFirst()) {
            #expect(step.begin + step.nanoseconds == next.begin)
        }
        let run = try #require(recording.runs.first)
        #expect(run.steps == 0..<3 && !run.failed && run.droppedSteps == 0)
        #expect(run.begin < recording.steps[0].begin)
        #expect(run.begin + run.nanoseconds > recording.steps[2].begin + recording.steps[2].nanoseconds)
        #expect(recording.begin < run.begin && recording.end > run.begin + run.nanoseconds)
        #expect(!self.run(RunRecorderTests.chain([("A", Pass())])))
    }

    @Test func functionsAreRecordedBeforeTheStepThatCalledThem() throws {
        let inner = RunRecorderTests.chain([("X", Pass()), ("Y", Pass())])
        #expect(recorder.start(limit: 100))
        run(RunRecorderTests.chain([("A", Pass()), ("While", Call(inner, turns: 2))]))
        let recording = try #require(recorder.stop())
        #expect(recording.steps.map { recording.name(of: $0).op } == ["A", "X", "Y", "X", "Y", "While"])
        #expect(recording.steps.map(\.depth) == [0, 1, 1, 1, 1, 0])
        #expect(recording.programs.count == 2)
        let inside = recording.steps[1...4].reduce(0) { $0 + $1.nanoseconds }
        #expect(recording.steps[5].nanoseconds > inside)
    }

    @Test func failureIsRecordedWithTheStepsBeforeIt() throws {
        #expect(recorder.start(limit: 100))
        run(RunRecorderTests.chain([("A", Pass()), ("B", Refuse()), ("C", Pass())]))
        let recording = try #require(recorder.stop())
        #expect(recording.steps.map { recording.name(of: $0).op } == ["A", "B"])
        #expect(recording.runs.map(\.failed) == [true])
    }

    @Test func whatExceedsTheLimitIsCounted() throws {
        let program = RunRecorderTests.chain((0..<10).map { _ in ("A", Pass()) })
        #expect(recorder.start(limit: 15))
        for _ in 0..<4 { run(program) }
        let recording = try #require(recorder.stop())
        // Two runs and thirteen of their steps.
        #expect(recording.runs.count + recording.steps.count <= 15)
        #expect(recording.steps.count >= 10)
        #expect(recording.steps.count + recording.droppedSteps + 10 * recording.droppedRuns == 40)
        #expect(recording.runs.count + recording.droppedRuns == 4)
    }

    @Test func runsThatDoNotEndInTimeCountAsDropped() throws {
        #expect(recorder.start(limit: 100))
        let late = try #require(recorder.runBegins { RunLabel(model: "late") })
        recorder.close()
        #expect(recorder.hasRunsUnderWay)
        #expect(recorder.runBegins { RunLabel(model: "later") } == nil)
        let recording = try #require(recorder.stop())
        #expect(recording.runs.isEmpty && recording.droppedRuns == 1)
        // It belongs to no later recording either.
        #expect(recorder.start(limit: 100))
        recorder.runEnds(late, failed: false)
        #expect(!recorder.hasRunsUnderWay)
        #expect(try #require(recorder.stop()).runs.isEmpty)
    }

    @Test func threadsRecordAtTheSameTime() throws {
        let inner = RunRecorderTests.chain([("X", Pass()), ("Y", Pass())])
        let program = RunRecorderTests.chain([("A", Pass()), ("Call", Call(inner)), ("B", Pass())])
        #expect(recorder.start(limit: 1 << 20))
        let threads = (0..<4).map { number in
            Thread(name: "recorded-\(number)") { [self] in
                for _ in 0..<500 { run(program, "m\(number)") }
            }
        }
        for thread in threads { thread.join() }
        let recording = try #require(recorder.stop())
        #expect(recording.runs.count == 2000 && recording.droppedRuns == 0 && recording.droppedSteps == 0)
        #expect(Set(recording.threads.map(\.name)) == Set((0..<4).map { "recorded-\($0)" }))
        #expect(recording.threads.count == 4 && recording.labels.count == 4 && recording.programs.count == 2)
        for run in recording.runs {
            let ops = recording.steps[run.steps].map { recording.name(of: $0).op }
            #expect(ops == ["A", "X", "Y", "Call", "B"])
            #expect(recording.threads[run.thread].name == "recorded-" + recording.labels[run.label].model.dropFirst())
        }
    }
}
