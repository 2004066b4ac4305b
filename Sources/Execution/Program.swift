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

    /// The steps as they were given, for profiles and tests.
    public let steps: [Step]
    public let slotCount: Int
    /// The slots that the arguments go to, in order.
    public let argumentSlots: [Int32]
    /// The slots (or constants) that hold the results, in order.
    public let resultSlots: [Int32]

    /// What the run loop reads of a step: everything lies flat, so that a step costs no reference counting of its own.
    private struct Instruction {
        let kernel: any Kernel
        let inputs: UnsafePointer<Int32>
        let inputCount: Int
        let outputs: UnsafePointer<Int32>
        let outputCount: Int
        let releases: UnsafePointer<Int32>
        let releaseCount: Int
        let lastUses: UnsafePointer<Bool>
    }

    private let instructions: UnsafeMutableBufferPointer<Instruction>
    private let constants: UnsafeMutableBufferPointer<Tensor>
    private let slotNumbers: UnsafeMutableBufferPointer<Int32>
    private let lastUseFlags: UnsafeMutableBufferPointer<Bool>

    public init(
        steps: [Step], slotCount: Int, constants: [Tensor], argumentSlots: [Int32], resultSlots: [Int32]
    ) {
        self.steps = steps
        self.slotCount = slotCount
        self.argumentSlots = argumentSlots
        self.resultSlots = resultSlots
        self.constants = .allocate(capacity: constants.count)
        _ = self.constants.initialize(from: constants)
        let numbers = steps.flatMap { $0.inputs + $0.outputs + $0.releases }
        slotNumbers = .allocate(capacity: max(1, numbers.count))
        _ = slotNumbers.initialize(from: numbers)
        let flags = steps.flatMap(\.lastUses)
        lastUseFlags = .allocate(capacity: max(1, flags.count))
        _ = lastUseFlags.initialize(from: flags)
        instructions = .allocate(capacity: steps.count)
        var number = UnsafePointer(slotNumbers.baseAddress!)
        var flag = UnsafePointer(lastUseFlags.baseAddress!)
        for (index, step) in steps.enumerated() {
            precondition(step.lastUses.count == step.inputs.count, "a flag for each input")
            let outputs = number + step.inputs.count
            let releases = outputs + step.outputs.count
            instructions.initializeElement(
                at: index,
                to: Instruction(
                    kernel: step.kernel, inputs: number, inputCount: step.inputs.count, outputs: outputs,
                    outputCount: step.outputs.count, releases: releases, releaseCount: step.releases.count,
                    lastUses: flag))
            number = releases + step.releases.count
            flag += step.lastUses.count
        }
    }

    deinit {
        instructions.deinitialize().deallocate()
        constants.deinitialize().deallocate()
        slotNumbers.deallocate()
        lastUseFlags.deallocate()
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
        guard let first = instructions.baseAddress else { return }
        let noConstants = UnsafeRawPointer(frame).assumingMemoryBound(to: Tensor.self)
        let constants = constants.baseAddress.map { UnsafePointer($0) } ?? noConstants
        let mark = context.temporaryMark
        for index in 0..<instructions.count {
            if index & 15 == 15 || context.isCancelled { try context.checkStillWanted() }
            let instruction = first + index
            let kernelContext = KernelContext(
                frame: frame, constants: constants, inputSlots: instruction.pointee.inputs,
                outputSlots: instruction.pointee.outputs, lastUses: instruction.pointee.lastUses,
                inputCount: instruction.pointee.inputCount, outputCount: instruction.pointee.outputCount,
                run: context)
            do throws(Status) {
                try instruction.pointee.kernel.compute(kernelContext)
            } catch {
                context.releaseTemporaries(since: mark)
                throw error.appending("\n\t [[\(steps[index].label)]]")
            }
            context.releaseTemporaries(since: mark)
            for release in 0..<instruction.pointee.releaseCount {
                context.release(frame + Int(instruction.pointee.releases[release]))
            }
        }
    }
}
