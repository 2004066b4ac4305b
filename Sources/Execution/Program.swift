import ServingCore
import Tensors

/// A graph made ready to run: kernels in order, and for every value the slot it stands in.
///
/// Immutable; any number of threads may run it at once, each with an `ExecutionContext` of its own.
public final class Program: @unchecked Sendable {
    /// One kernel call.
    public struct Step {
        public var kernel: any Kernel
        /// TensorFlow's op name, for profiles.
        public var op: String
        /// What stands behind an error of this step, for example `{{node dense/MatMul}}`.
        public var label: String
        /// Slots: `n >= 0` is place `n` of the frame, `~n` is constant `n`.
        public var inputs: [Int32]
        public var outputs: [Int32]
        /// For each input whether no later step reads the slot.
        public var lastUses: [Bool]
        /// Slots that nobody reads after this step.
        public var releases: [Int32]

        public init(
            kernel: any Kernel, op: String, label: String, inputs: [Int32], outputs: [Int32], lastUses: [Bool],
            releases: [Int32]
        ) {
            self.kernel = kernel
            self.op = op
            self.label = label
            self.inputs = inputs
            self.outputs = outputs
            self.lastUses = lastUses
            self.releases = releases
        }
    }

    public let steps: ContiguousArray<Step>
    public let slotCount: Int
    public let constants: ContiguousArray<Tensor>
    /// The slots that the arguments go to, in order.
    public let argumentSlots: [Int32]
    /// The slots (or constants) that hold the results, in order.
    public let resultSlots: [Int32]

    public init(
        steps: [Step], slotCount: Int, constants: [Tensor], argumentSlots: [Int32], resultSlots: [Int32]
    ) {
        self.steps = ContiguousArray(steps)
        self.slotCount = slotCount
        self.constants = ContiguousArray(constants)
        self.argumentSlots = argumentSlots
        self.resultSlots = resultSlots
    }

    /// Runs all steps and returns the results in order.
    ///
    /// The deadline and the cancellation of `context` are looked at before the first step and between steps. An error
    /// carries the failing node behind its text.
    public func run(_ arguments: [Tensor], in context: ExecutionContext) throws(Status) -> [Tensor] {
        precondition(arguments.count == argumentSlots.count, "wrong number of arguments")
        try context.checkStillWanted()
        return try context.withFrame(slotCount) { (frame) throws(Status) -> [Tensor] in
            for (slot, argument) in zip(argumentSlots, arguments) { frame[Int(slot)] = argument }
            try runSteps(frame, context)
            return resultSlots.map { $0 < 0 ? constants[Int(~$0)] : frame[Int($0)]! }
        }
    }

    private func runSteps(_ frame: UnsafeMutablePointer<Tensor?>, _ context: ExecutionContext) throws(Status) {
        for index in steps.indices {
            if index & 15 == 15 { try context.checkStillWanted() }
            try run(index, frame, context)
            for slot in steps[index].releases { context.release(frame + Int(slot)) }
        }
    }

    private func run(_ index: Int, _ frame: UnsafeMutablePointer<Tensor?>, _ context: ExecutionContext) throws(Status) {
        do throws(Status) {
            try call(index, frame, context)
        } catch {
            throw error.appending("\n\t [[\(steps[index].label)]]")
        }
    }

    private func call(_ index: Int, _ frame: UnsafeMutablePointer<Tensor?>, _ context: ExecutionContext) throws(Status) {
        let step = steps[index]
        var failure: Status?
        let mark = context.temporaryMark
        defer { context.releaseTemporaries(since: mark) }
        constants.withUnsafeBufferPointer { constants in
            step.inputs.withUnsafeBufferPointer { inputs in
                step.outputs.withUnsafeBufferPointer { outputs in
                    step.lastUses.withUnsafeBufferPointer { lastUses in
                        let empty = UnsafeRawPointer(frame)
                        let kernelContext = KernelContext(
                            frame: frame,
                            constants: constants.baseAddress ?? empty.assumingMemoryBound(to: Tensor.self),
                            inputSlots: inputs.baseAddress ?? empty.assumingMemoryBound(to: Int32.self),
                            outputSlots: outputs.baseAddress ?? empty.assumingMemoryBound(to: Int32.self),
                            lastUses: lastUses.baseAddress ?? empty.assumingMemoryBound(to: Bool.self),
                            inputCount: inputs.count, outputCount: outputs.count, execution: context)
                        do throws(Status) { try step.kernel.compute(kernelContext) } catch { failure = error }
                    }
                }
            }
        }
        if let failure { throw failure }
    }
}
