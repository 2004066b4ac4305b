import Execution
import ServingCore
import Synchronization
import Tensors
import Threading

/// Recordings of small programs under a clock whose looks are ten nanoseconds apart, so that every figure is known.
struct RecordingSample {
    final class TickingClock: Clock {
        private let time = Atomic<UInt64>(0)
        func nanoseconds() -> UInt64 { time.wrappingAdd(10, ordering: .relaxed).newValue }
    }

    private final class Pass: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { context.setOutput(0, context.input(0)) }
    }

    private final class Refuse: Kernel {
        func compute(_ context: borrowing KernelContext) throws(Status) { throw .invalidArgument("no") }
    }

    private final class Call: Kernel {
        let program: Program
        init(_ program: Program) { self.program = program }

        func compute(_ context: borrowing KernelContext) throws(Status) {
            context.setOutput(0, try program.run([context.input(0)], in: context.execution)[0])
        }
    }

    typealias Named = (op: String, label: String, kernel: any Kernel)

    private static func chain(_ kernels: [Named]) -> Program {
        let steps = kernels.enumerated().map { index, step in
            Program.Step(
                kernel: step.kernel, op: step.op, label: step.label, inputs: [Int32(index)],
                outputs: [Int32(index + 1)], lastUses: [true], releases: [Int32(index)])
        }
        return Program(
            steps: steps, slotCount: kernels.count + 1, constants: [], argumentSlots: [0],
            resultSlots: [Int32(kernels.count)])
    }

    /// `MatMul`, `If` that runs `Relu` and `Add` in a function, `MatMul`.
    static func nested() -> Program {
        let inner = chain([
            ("Relu", "{{function_node branch}}{{node relu}}", Pass()),
            ("AddV2", "{{function_node branch}}{{node sum}}", Pass()),
        ])
        return chain([
            ("MatMul", "{{node dense/MatMul}}", Pass()), ("If", "{{node choice}}", Call(inner)),
            ("MatMul", "{{node dense_1/MatMul}}", Pass()),
        ])
    }

    static func failing() -> Program {
        chain([("Relu", "{{node \"a\"\u{1}}}", Pass()), ("Assert", "{{node assert}}", Refuse())])
    }

    /// What `body` ran, with room for `limit` records.
    static func record(limit: Int = 1 << 16, _ body: (RunRecorder) -> Void) -> Recording {
        let recorder = RunRecorder(clock: TickingClock())
        guard recorder.start(limit: limit) else { preconditionFailure("a new recorder records nothing") }
        body(recorder)
        guard let recording = recorder.stop() else { preconditionFailure("it has been started") }
        return recording
    }

    static func run(_ program: Program, _ label: RunLabel, _ recorder: RunRecorder) {
        let context = ExecutionContext()
        context.trace = recorder.runBegins { label }
        let results = try? program.run([Tensor([1 as Float])], in: context)
        if let trace = context.trace { recorder.runEnds(trace, failed: results == nil) }
    }

    static let digits = RunLabel(model: "digits", version: 3, signature: "serving_default")

    /// Two runs of `nested` and one of `failing`.
    static func sample() -> Recording {
        let program = nested()
        return record { recorder in
            run(program, digits, recorder)
            run(program, digits, recorder)
            run(failing(), RunLabel(model: "broken"), recorder)
        }
    }
}
