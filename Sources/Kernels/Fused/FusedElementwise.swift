import Execution
import Graphs
import MicrokernelTypes
import ServingCore
import Tensors

/// `FusedElementwise`: a program of element-wise operations on `Float` inputs that are broadcast, in one pass.
let fusedElementwiseOps: [OpDefinition] = [
    OpDefinition(
        "FusedElementwise",
        infer: { (facts) throws(Status) in
            var shape = try facts.input(0).shape
            for input in facts.inputs.dropFirst() { shape = try Inference.broadcast(shape, input.shape) }
            return [TensorFact(.float, shape)]
        },
        makeKernel: { (construction) throws(Status) in
            for input in construction.facts.inputs where input.dataType != .float {
                throw construction.unsupported(input.dataType)
            }
            let inputs = construction.facts.inputs.count
            return FusedElementwiseKernel(try ElementwiseProgram(construction.attributes, inputCount: inputs))
        })
]

private final class FusedElementwiseKernel: Kernel {
    private let program: ElementwiseProgram
    private let registers: [Int]
    private let registerCount: Int
    private let cost: Double

    init(_ program: ElementwiseProgram) {
        self.program = program
        (registers, registerCount) = program.registers()
        cost = program.instructions.reduce(0.1) { $0 + $1.operation.cost }
    }

    func compute(_ context: borrowing KernelContext) throws(Status) {
        let shape = try resultShape(context)
        let output = try context.allocateOutput(0, .float, shape, reusing: 0..<program.inputCount)
        let total = shape.elementCount
        guard total > 0 else { return }
        var walk = ElementwiseWalk(total: total)
        var pass = ElementwisePass(program, registers, output.pointer(Float.self))
        /// Inputs in full.
        var expanded: [Tensor] = []
        for index in 0..<program.inputCount {
            let input = context.input(index)
            var operand = ElementwiseWalk.Operand(period: total, outer: total)
            var base = UnsafePointer(input.pointer(Float.self))
            if let known = ElementwiseWalk.operand(input.shape, shape, total: total) {
                operand = known
            } else {
                expanded.append(try FusedElementwiseKernel.expanded(input, shape, context))
                base = UnsafePointer(expanded[expanded.count - 1].pointer(Float.self))
            }
            walk.add(operand)
            pass.setInput(index, base, operand)
        }
        for index in 0..<program.inputCount { walk.align(pass.operands[index]) }
        try run(pass, walk, context)
        withExtendedLifetime(expanded) {}
    }

    func operationCount(inputs: [ValueExtent], outputs: [ValueExtent]) -> Double? {
        outputs.first.map { Double(program.instructions.count) * Double($0.shape.elementCount) }
    }

    /// Splits the pieces among as many threads as there are, each with registers of its own.
    private func run(_ pass: ElementwisePass, _ walk: ElementwiseWalk, _ context: borrowing KernelContext)
        throws(Status)
    {
        let pieces = walk.pieceCount
        let workers = min(pieces, context.threadCount)
        let rounds = (0..<program.inputCount).count { walk.goesRound(pass.operands[$0]) }
        let size = (registerCount + rounds) * ElementwiseWalk.block
        let scratch = try context.allocateTemporary(.float, [workers * size])
        let base = scratch.pointer(Float.self)
        context.parallelFor(workers, cost: cost * Double(walk.total / workers)) { range in
            for worker in range {
                pass.run(
                    walk, pieces * worker / workers..<pieces * (worker + 1) / workers, registers: base + worker * size)
            }
        }
    }

    /// Throws INVALID_ARGUMENT with TensorFlow's text if the operands of an instruction do not fit.
    private func resultShape(_ context: borrowing KernelContext) throws(Status) -> TensorShape {
        var shapes = InlineArray<24, TensorShape>(repeating: TensorShape())
        for index in 0..<program.inputCount { shapes[index] = context.input(index).shape }
        var last = program.inputCount
        for instruction in program.instructions {
            shapes[last] =
                instruction.operation.operandCount == 1
                ? shapes[instruction.a] : try Broadcast.shape(shapes[instruction.a], shapes[instruction.b])
            last += 1
        }
        return shapes[last - 1]
    }

    private static func expanded(
        _ input: Tensor, _ shape: TensorShape, _ context: borrowing KernelContext
    ) throws(Status) -> Tensor {
        let result = try context.allocateTemporary(.float, shape)
        let source = UnsafePointer(input.pointer(Float.self))
        let target = result.pointer(Float.self)
        Broadcast(shape, input.shape).forEach(context, cost: 0.5) { block in
            for row in 0..<block.rows {
                let from = source + block.offsets[0] + row &* block.rowStrides[0]
                let to = target + block.target + row &* block.columns
                for column in 0..<block.columns { to[column] = from[column &* block.columnStrides[0]] }
            }
        }
        return result
    }
}
