import ServingCore
import Tensors

/// An op of a loaded model, ready to compute: attributes are read, types are chosen, constant weights are packed.
///
/// One kernel serves many runs at once, so `compute` must not change it.
public protocol Kernel: AnyObject, Sendable {
    /// Reads the inputs and sets every output of `context`.
    func compute(_ context: borrowing KernelContext) throws(Status)

    /// Constant inputs that the kernel holds in another form and reads in rare calls at most.
    var packedInputs: [Int] { get }

    /// What the weights have lost that the kernel holds with fewer bits than the model has.
    var weightReductions: [WeightReduction] { get }

    /// How many arithmetic operations a call with values of these sizes takes, for profiles; nil where the op's name and the
    /// sizes tell.
    func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double?
}

extension Kernel {
    public var packedInputs: [Int] { [] }

    public var weightReductions: [WeightReduction] { [] }

    public func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double? { nil }
}

/// What a kernel sees during one call: its inputs, its outputs and the run.
public struct KernelContext {
    let frame: UnsafeMutablePointer<Tensor?>
    let constants: UnsafePointer<Tensor>
    let inputSlots: UnsafePointer<Int32>
    let outputSlots: UnsafePointer<Int32>
    /// For each input whether this step is the last that reads it.
    let lastUses: UnsafePointer<Bool>
    public let inputCount: Int
    public let outputCount: Int
    unowned(unsafe) let run: ExecutionContext
    let memory: UnsafeMutablePointer<RunMemory>

    /// The run that this call belongs to: deadline, memory, threads, environment.
    public var execution: ExecutionContext { run }

    /// The value of input `index`.
    public func input(_ index: Int) -> Tensor {
        precondition(index >= 0 && index < inputCount, "input out of range")
        let slot = Int(inputSlots[index])
        if slot < 0 { return constants[~slot] }
        guard let tensor = frame[slot] else { preconditionFailure("input \(index) was read before it was computed") }
        return tensor
    }

    /// The value of input `index`; if nothing else reads it, the frame lets go of it, so that the caller may be its only
    /// owner. To be called at most once for an input, and not together with `input`.
    public func takeInput(_ index: Int) -> Tensor {
        let tensor = input(index)
        let slot = Int(inputSlots[index])
        if slot >= 0, lastUses[index], isReadOnce(slot) { frame[slot] = nil }
        return tensor
    }

    /// Gives output `index` its value, for kernels that pass on a tensor that exists already.
    public func setOutput(_ index: Int, _ tensor: Tensor) {
        precondition(index >= 0 && index < outputCount, "output out of range")
        frame[Int(outputSlots[index])] = tensor
    }

    /// Output `index`, which has been set.
    public func output(_ index: Int) -> Tensor {
        precondition(index >= 0 && index < outputCount, "output out of range")
        guard let tensor = frame[Int(outputSlots[index])] else { preconditionFailure("output \(index) is not set") }
        return tensor
    }

    /// A new tensor for output `index`; its elements are not initialised, except that those of reference types are empty.
    ///
    /// Throws RESOURCE_EXHAUSTED if the tensor does not fit into memory.
    public func allocateOutput(_ index: Int, _ dataType: DataType, _ shape: TensorShape) throws(Status) -> Tensor {
        let tensor = try memory.pointee.allocate(dataType, shape)
        setOutput(index, tensor)
        return tensor
    }

    /// As `allocateOutput`, but takes the memory of an input of `candidates` if that input has the same element size and
    /// as many elements, and nothing else will read it, not even another input of this call. The kernel must then write
    /// each element only after it has read the element of that input at the same position, and must ask before it fetches
    /// the inputs with `input`.
    public func allocateOutput(
        _ index: Int, _ dataType: DataType, _ shape: TensorShape, reusing candidates: Range<Int>
    ) throws(Status) -> Tensor {
        for candidate in candidates where lastUses[candidate] {
            let slot = Int(inputSlots[candidate])
            guard slot >= 0, frame[slot] != nil, !dataType.isReference, isReadOnce(slot) else { continue }
            guard frame[slot]!.dataType.byteCount == dataType.byteCount, !frame[slot]!.dataType.isReference else {
                continue
            }
            guard frame[slot]!.elementCount == shape.elementCount, frame[slot]!.ownsBufferAlone() else { continue }
            let tensor = frame[slot]!.bitcast(to: dataType, shape: shape)
            setOutput(index, tensor)
            return tensor
        }
        return try allocateOutput(index, dataType, shape)
    }

    /// True if only one input of this call stands in `slot`: a kernel that walks its inputs one after the other would
    /// find its own results in the second.
    private func isReadOnce(_ slot: Int) -> Bool {
        var count = 0
        for index in 0..<inputCount where Int(inputSlots[index]) == slot { count += 1 }
        return count == 1
    }

    /// Scratch memory for this call; it is used again after the call, unless the tensor is passed on.
    public func allocateTemporary(_ dataType: DataType, _ shape: TensorShape) throws(Status) -> Tensor {
        try memory.pointee.allocateTemporary(dataType, shape)
    }

    /// Computes the outputs by `program`, whose arguments are the inputs and whose steps this step stands for: an error names
    /// the one of them that fails, and not this step.
    public func compute(by program: Program) throws(Status) {
        let arguments = (0..<inputCount).map { input($0) }
        let results: [Tensor]
        do throws(Status) {
            results = try program.run(arguments, in: execution)
        } catch {
            execution.failureIsLabelled = true
            throw error
        }
        for (index, result) in results.enumerated() { setOutput(index, result) }
    }

    /// The world outside the graph, for ops that restore and initialise.
    public var environment: any ExecutionEnvironment { execution.environment }

    /// How many threads can work on one call; at least 1.
    public var threadCount: Int { execution.threads?.threadCount ?? 1 }

    /// Calls `body` with ranges that cover `0..<count`, on several threads if some are idle. `cost` is the rough time
    /// in nanoseconds for one index; work that is shorter than a hand-over is not split.
    public func parallelFor(_ count: Int, cost: Double, _ body: (Range<Int>) -> Void) {
        forEachPiece(of: count, cost: cost) { range, _ in body(range) }
    }

    /// As `parallelFor`, on at most `lanes` threads; the second argument of `body` is a number below `lanes` that belongs
    /// to one thread at a time, for example to use scratch memory of its own.
    public func forEachPiece(
        of count: Int, cost: Double, lanes: Int = .max, _ body: (_ range: Range<Int>, _ lane: Int) -> Void
    ) {
        let grain = cost > 0 ? max(1, Int(min(KernelContext.shortestPiece / cost, 1e12))) : count
        guard count > grain, lanes > 1, let threads = run.threads else {
            if count > 0 { body(0..<count, 0) }
            return
        }
        let work = UInt64(min(max(Double(count) * cost, 0), 1e15))
        threads.forEachPiece(of: count, grain: grain, work: work, lanes: lanes, in: run.parallelRun, body)
    }

    /// Nanoseconds; several times what it costs to hand a piece of work to a thread that watches for it.
    public static let shortestPiece = 4_000.0
}
