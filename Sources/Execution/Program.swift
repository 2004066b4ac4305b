import CPlatform
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
        /// The types that the outputs must have, because later kernels rely on them; empty if nobody does.
        public var outputTypes: [DataType]

        public init(
            kernel: any Kernel, op: String, label: String, inputs: [Int32], outputs: [Int32], lastUses: [Bool],
            releases: [Int32], outputTypes: [DataType] = []
        ) {
            self.kernel = kernel
            self.op = op
            self.label = label
            self.inputs = inputs
            self.outputs = outputs
            self.lastUses = lastUses
            self.releases = releases
            self.outputTypes = outputTypes
        }
    }

    /// The steps as they were given, for profiles and tests.
    public let steps: [Step]
    public let slotCount: Int
    /// The slots that the arguments go to, in order.
    public let argumentSlots: [Int32]
    /// The slots (or constants) that hold the results, in order.
    public let resultSlots: [Int32]
    /// The types of the results, in order; empty if nobody looked.
    public let resultTypes: [DataType]

    /// What the run loop reads of a step: everything lies flat and nothing is copied out, so that a step costs no reference
    /// counting of its own.
    private struct Instruction: ~Copyable {
        let kernel: any Kernel
        let inputs: UnsafePointer<Int32>
        let inputCount: Int
        let outputs: UnsafePointer<Int32>
        let outputCount: Int
        let releases: UnsafePointer<Int32>
        let releaseCount: Int
        let lastUses: UnsafePointer<Bool>
        let outputTypes: UnsafePointer<DataType>

        @inline(__always)
        borrowing func compute(_ loop: borrowing Loop, _ context: ExecutionContext) throws(Status) {
            try kernel.compute(
                KernelContext(
                    frame: loop.frame, constants: loop.constants, inputSlots: inputs, outputSlots: outputs,
                    lastUses: lastUses, inputCount: inputCount, outputCount: outputCount, run: context,
                    memory: loop.memory))
        }
    }

    /// What profiles call the steps.
    public let names: StepNames

    private let instructions: UnsafeMutablePointer<Instruction>
    private let instructionCount: Int
    private let constants: UnsafeMutableBufferPointer<Tensor>
    private let slotNumbers: UnsafeMutableBufferPointer<Int32>
    private let lastUseFlags: UnsafeMutableBufferPointer<Bool>
    /// For each output its type; `invalid` if any will do.
    private let outputTypes: UnsafeMutableBufferPointer<DataType>

    public init(
        steps: [Step], slotCount: Int, constants: [Tensor], argumentSlots: [Int32], resultSlots: [Int32],
        resultTypes: [DataType] = []
    ) {
        self.steps = steps
        names = StepNames(steps)
        self.resultTypes = resultTypes
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
        let types = steps.flatMap { step in
            step.outputTypes.isEmpty ? step.outputs.map { _ in DataType.invalid } : step.outputTypes
        }
        outputTypes = .allocate(capacity: max(1, types.count))
        _ = outputTypes.initialize(from: types)
        instructions = .allocate(capacity: max(1, steps.count))
        instructionCount = steps.count
        var number = UnsafePointer(slotNumbers.baseAddress!)
        var flag = UnsafePointer(lastUseFlags.baseAddress!)
        var type = UnsafePointer(outputTypes.baseAddress!)
        for (index, step) in steps.enumerated() {
            precondition(step.lastUses.count == step.inputs.count, "a flag for each input")
            precondition(step.outputTypes.isEmpty || step.outputTypes.count == step.outputs.count, "a type for each")
            let outputs = number + step.inputs.count
            let releases = outputs + step.outputs.count
            (instructions + index).initialize(
                to: Instruction(
                    kernel: step.kernel, inputs: number, inputCount: step.inputs.count, outputs: outputs,
                    outputCount: step.outputs.count, releases: releases, releaseCount: step.releases.count,
                    lastUses: flag, outputTypes: type))
            number = releases + step.releases.count
            flag += step.lastUses.count
            type += step.outputs.count
        }
    }

    /// The values that the steps read besides the arguments.
    public var constantTensors: [Tensor] { Array(constants) }

    deinit {
        instructions.deinitialize(count: instructionCount)
        instructions.deallocate()
        constants.deinitialize().deallocate()
        slotNumbers.deallocate()
        lastUseFlags.deallocate()
        outputTypes.deallocate()
    }

    /// Runs all steps and returns the results in order.
    ///
    /// The deadline and the cancellation of `context` are looked at before the first step and between steps. An error
    /// carries the failing node behind its text.
    public func run(_ arguments: [Tensor], in context: ExecutionContext) throws(Status) -> [Tensor] {
        var arguments = arguments
        return try run(taking: &arguments, in: context)
    }

    /// As `run`, but leaves `arguments` empty, so that a step may change in place what only the caller held. Nothing is allocated
    /// for the array of the results if nobody else holds that of the arguments and it has room for them.
    public func run(taking arguments: inout [Tensor], in context: ExecutionContext) throws(Status) -> [Tensor] {
        precondition(arguments.count == argumentSlots.count, "wrong number of arguments")
        try context.checkStillWanted()
        // As TensorFlow's executors do. Kernels that split their work ask for it on each thread.
        let denormals = cplatform_flush_denormals()
        defer { cplatform_restore_denormals(denormals) }
        return try context.withFrame(slotCount) { (frame) throws(Status) -> [Tensor] in
            for (slot, argument) in zip(argumentSlots, arguments) { frame[Int(slot)] = argument }
            arguments.removeAll(keepingCapacity: true)
            try runSteps(frame, context)
            var results: [Tensor] = []
            swap(&results, &arguments)
            results.reserveCapacity(resultSlots.count)
            for slot in resultSlots { results.append(slot < 0 ? constants[Int(~slot)] : frame[Int(slot)]!) }
            return results
        }
    }

    /// Throws INTERNAL if step `index` left out an output or made one of another type than later steps rely on.
    @inline(__always)
    private func checkOutputs(of index: Int, _ frame: UnsafeMutablePointer<Tensor?>) throws(Status) {
        for output in 0..<instructions[index].outputCount {
            let expected = instructions[index].outputTypes[output]
            let actual = frame[Int(instructions[index].outputs[output])]?.dataType
            guard let actual, actual == expected || expected == .invalid else {
                throw wrongOutput(index, output, actual, expected)
            }
        }
    }

    private func wrongOutput(_ index: Int, _ output: Int, _ actual: DataType?, _ expected: DataType) -> Status {
        let found = actual.map { "is of type \($0.name), expected \(expected.name)" } ?? "was not computed"
        return Status(.internalError, "Output \(output) of \(steps[index].op) \(found).\n\t [[\(steps[index].label)]]")
    }

    /// What the loop over the steps needs to know besides the context, which is passed by itself: read from here, it would
    /// cost a retain and a release for each step.
    private struct Loop: ~Copyable {
        let frame: UnsafeMutablePointer<Tensor?>
        let constants: UnsafePointer<Tensor>
        let memory: UnsafeMutablePointer<RunMemory>
        let mark: Int
        /// The context's, which it keeps as long as the run lasts.
        let cancellation: Unmanaged<CancellationFlag>?

        /// True if the caller is gone; cheap enough to ask before every step.
        var isCancelled: Bool {
            borrowing get { cancellation?._withUnsafeGuaranteedRef { $0.isCancelled } ?? false }
        }
    }

    private func runSteps(_ frame: UnsafeMutablePointer<Tensor?>, _ context: ExecutionContext) throws(Status) {
        let noConstants = UnsafeRawPointer(frame).assumingMemoryBound(to: Tensor.self)
        let memory = context.memory
        let loop = Loop(
            frame: frame, constants: constants.baseAddress.map { UnsafePointer($0) } ?? noConstants, memory: memory,
            mark: memory.pointee.temporaryMark, cancellation: context.cancellation.map { Unmanaged.passUnretained($0) })
        if let trace = context.trace { return try runSteps(loop, context, recordedBy: trace) }
        for index in 0..<instructionCount { try runStep(index, loop, context) }
    }

    /// The same with a record of each step. A step lasts until the next one begins, so the steps of a run leave no gaps.
    @inline(never)
    private func runSteps(
        _ loop: borrowing Loop, _ context: ExecutionContext, recordedBy trace: RunTrace
    ) throws(Status) {
        let program = trace.enter(names)
        defer { trace.leave() }
        if let observer = trace.observer { return try runSteps(loop, context, told: observer, trace) }
        var begin = trace.now()
        for index in 0..<instructionCount {
            do throws(Status) {
                try runStep(index, loop, context)
            } catch {
                _ = trace.stepEnds(index, of: program, begin: begin)
                throw error
            }
            begin = trace.stepEnds(index, of: program, begin: begin)
        }
    }

    /// The same for an observer, without times.
    private func runSteps(
        _ loop: borrowing Loop, _ context: ExecutionContext, told observer: any StepObserver, _ trace: RunTrace
    ) throws(Status) {
        for index in 0..<instructionCount {
            // The step may take its inputs out of the frame.
            let inputs = extents(steps[index].inputs, loop)
            let entries = trace.entries
            try runStep(index, loop, context)
            let outputs = extents(steps[index].outputs, loop)
            var step = StepExtent(
                name: names.names[index], inputs: inputs, outputs: outputs,
                operationCount: steps[index].kernel.operationCount(inputs: inputs, outputs: outputs))
            step.ranOthers = trace.entries > entries
            observer.stepDone(step)
        }
    }

    private func extents(_ slots: [Int32], _ loop: borrowing Loop) -> [ValueExtent] {
        var extents: [ValueExtent] = []
        for slot in slots {
            if slot < 0 {
                extents.append(ValueExtent(loop.constants[Int(~slot)]))
            } else if let tensor = loop.frame[Int(slot)] {
                extents.append(ValueExtent(tensor))
            }
        }
        return extents
    }

    /// `error` of step `index` with the step's label behind its text, unless it carries another one already.
    private func labelled(_ error: Status, _ index: Int, _ context: ExecutionContext) -> Status {
        defer { context.failureIsLabelled = false }
        return context.failureIsLabelled ? error : error.appending("\n\t [[\(steps[index].label)]]")
    }

    @inline(__always)
    private func runStep(_ index: Int, _ loop: borrowing Loop, _ context: ExecutionContext) throws(Status) {
        if index & 15 == 15 || loop.isCancelled { try context.checkStillWanted() }
        do throws(Status) {
            try instructions[index].compute(loop, context)
        } catch {
            loop.memory.pointee.releaseTemporaries(since: loop.mark)
            throw labelled(error, index, context)
        }
        loop.memory.pointee.releaseTemporaries(since: loop.mark)
        try checkOutputs(of: index, loop.frame)
        for release in 0..<instructions[index].releaseCount {
            loop.memory.pointee.release(loop.frame + Int(instructions[index].releases[release]))
        }
    }
}
