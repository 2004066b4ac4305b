import Execution
import Graphs
import Kernels
import ServingCore
import Tensors
import Threading

/// Makes and runs kernels of one model, so that ops meet the same variables.
struct OpRunner {
    /// Those that models name and those that only the compiler makes.
    static let registry = OpRegistry.standard.addingFusedOps()

    let resources = ResourceStore()
    let context: ExecutionContext

    init(
        threads: ThreadPool? = nil, environment: any ExecutionEnvironment = EmptyEnvironment(), memoryLimit: Int = .max
    ) {
        context = ExecutionContext(threads: threads, environment: environment, memoryLimit: memoryLimit)
    }

    /// The outputs of `op` for `inputs`; nothing is known of them before the run but their types.
    func run(
        _ op: String, _ attributes: [String: Attribute] = [:], _ inputs: [Tensor], name: String = "node"
    ) throws(Status) -> [Tensor] {
        guard let definition = OpRunner.registry[op] else { throw .unimplemented("\(op) is not registered") }
        let node = Node(
            name: name, op: op, inputs: inputs.indices.map { OutletID(node: $0) }, attributes: Attributes(attributes))
        let facts = NodeFacts(node: node, inputs: inputs.map { TensorFact($0.dataType) })
        let inferred = try definition.infer(facts)
        let construction = KernelConstruction(facts: facts, outputs: inferred, resources: resources) {
            (_) throws(Status) in throw .unimplemented("no functions here")
        }
        let count = inputs.count
        let outputs = inferred.indices.map { Int32(count + $0) }
        let step = Program.Step(
            kernel: try definition.makeKernel(construction), op: op, label: name, inputs: (0..<count).map { Int32($0) },
            outputs: outputs, lastUses: inputs.map { _ in false }, releases: [])
        let program = Program(
            steps: [step], slotCount: count + inferred.count, constants: [],
            argumentSlots: (0..<count).map { Int32($0) }, resultSlots: outputs)
        return try program.run(inputs, in: context)
    }

    /// The error of `op`, without the node behind its text; nil if there is none.
    func failure(_ op: String, _ attributes: [String: Attribute] = [:], _ inputs: [Tensor], name: String = "node")
        -> Status?
    {
        do throws(Status) {
            _ = try run(op, attributes, inputs, name: name)
            return nil
        } catch {
            let suffix = "\n\t [[\(name)]]"
            guard error.message.hasSuffix(suffix) else { return error }
            return Status(error.code, String(error.message.dropLast(suffix.count)))
        }
    }
}

/// Random numbers that are the same in every run.
struct SeededNumbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next(_ range: ClosedRange<Int>) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return range.lowerBound + Int(state >> 11) % range.count
    }

    /// Multiples of 1/8 between -2 and 2, whose sums of products are exact.
    mutating func tensor(_ shape: TensorShape) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Float(next(-16...16)) / 8 }, shape: shape)
    }
}
